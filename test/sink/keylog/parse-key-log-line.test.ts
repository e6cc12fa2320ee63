import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKeyLogLine } from '../../../src/sink/keylog/parse-key-log-line.ts';

const random = '0A'.repeat(32);

test('reads label, client random and secret, in whichever case', () => {
  expect(parseKeyLogLine(`CLIENT_RANDOM ${random} FFee\r`)).toEqual({
    label: 'CLIENT_RANDOM',
    clientRandom: random.toLowerCase(),
    secret: 'ffee',
  });
});

test.each(['', '# comment', `RSA 00112233 ffee`, `X ${random}`, `X ${random} fff`, `X  ${random} ff`])(
  '%j is no secret of a client random',
  (line) => {
    expect(parseKeyLogLine(line)).toBeUndefined();
  },
);

test('any line is a secret or none', () => {
  const part = fc.constantFrom('CLIENT_RANDOM', random, ' ', 'ff', '#', '\r', '\0', 'é');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => parts.join('')),
      ),
      (line) => {
        const parsed = parseKeyLogLine(line);
        if (parsed) expect(line.toLowerCase()).toContain(`${parsed.clientRandom} ${parsed.secret}`);
      },
    ),
    { numRuns: 5000 },
  );
});
