import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Header } from '../../../src/protocol/exchange.ts';
import { HpackDecoder } from '../../../src/protocol/http2/hpack-decoder.ts';
import { OracleDecoder, OracleEncoder, type OracleField } from './hpack-js.ts';

/** Few names and values, so that the table is used; any bytes among them, so that every Huffman code is. */
const name = fc.oneof(
  fc.constantFrom(':method', ':path', ':status', 'cookie', 'accept', 'x-id', 'content-type'),
  fc.stringMatching(/^[a-z][-a-z0-9]{0,30}$/),
);
const byteString = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const value = fc.oneof(
  fc.constantFrom('', 'GET', '/', '/index.html', '200', 'gzip', 'a=1', 'b=2; c=3', 'x'.repeat(300)),
  fc.stringMatching(/^[ -~]{0,40}$/),
  byteString,
);
/** hpack.js looks values up in plain objects, and finds `valueOf`. */
const isSafe = (text: string) => !(text in {});
const field: fc.Arbitrary<OracleField> = fc.record({
  name: name.filter(isSafe),
  value: value.filter(isSafe),
  huffman: fc.boolean(),
  incremental: fc.nat(4).map((at) => at > 0),
  neverIndex: fc.nat(7).map((at) => at === 0),
});
/** Blocks of one connection; fields repeat, and now and then the encoder resizes its table first. */
const connection: fc.Arbitrary<readonly Step[]> = fc
  .array(field, { minLength: 2, maxLength: 12 })
  .chain((pool) =>
    fc.array(
      fc.record({
        resize: fc.option(fc.constantFrom(0, 100, 400, 1000, 4096), { freq: 20 }),
        fields: fc.array(fc.oneof(field, { weight: 4, arbitrary: fc.constantFrom(...pool) }), {
          maxLength: 8,
        }),
      }),
      { minLength: 8, maxLength: 16, size: 'max' },
    ),
  );

interface Step {
  readonly resize: number | null;
  readonly fields: readonly OracleField[];
}

/** hpack.js announces only some of its resizes; this writes every one (RFC 7541 §6.3). */
function encodeResize(sizeBytes: number): Buffer {
  if (sizeBytes < 31) return Buffer.of(0x20 | sizeBytes);
  const bytes = [0x3f];
  let left = sizeBytes - 31;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  return Buffer.of(...bytes, left);
}

function encodeSteps(steps: readonly Step[]): Buffer[] {
  const encoder = new OracleEncoder({ tableBytes: 4096 });
  return steps.map(({ resize, fields }) => {
    if (resize === null) return encoder.encode(fields);
    encoder.resize(resize);
    return Buffer.concat([encodeResize(resize), encoder.encode(fields)]);
  });
}

/** How our decoder writes what hpack.js has as one character per byte. */
function expected([fieldName, bytes]: readonly [string, string]): Header {
  const buffer = Buffer.from(bytes, 'latin1');
  const text = buffer.toString('utf8');
  return [fieldName, Buffer.from(text, 'utf8').equals(buffer) ? text : { base64: buffer.toString('base64') }];
}

describe('against hpack.js', () => {
  test('every block of a connection, seen from its start, is the same', () => {
    let blocks = 0;
    fc.assert(
      fc.property(connection, (steps) => {
        const oracle = new OracleDecoder({ tableBytes: 4096 });
        const decoder = new HpackDecoder({ joinedLate: false });
        for (const [at, block] of encodeSteps(steps).entries()) {
          const truth = steps[at]!.fields.map((sent) => expected([sent.name, sent.value]));
          expect(oracle.decode(block).map(expected)).toEqual(truth);
          expect(decoder.decode(block)).toEqual({ headers: truth, incomplete: false, problem: null });
          blocks++;
        }
      }),
      { numRuns: 200 },
    );
    expect(blocks).toBeGreaterThan(2000);
  });

  test('joined late, or after lost blocks: nothing is wrong, and what was inserted since is known', () => {
    let known = 0;
    let unknown = 0;
    fc.assert(
      fc.property(connection, fc.array(fc.nat(6), { maxLength: 16 }), fc.nat(6), (steps, lost, joinedAt) => {
        const decoder = new HpackDecoder({ joinedLate: joinedAt > 0 });
        for (const [at, block] of encodeSteps(steps).entries()) {
          if (at < joinedAt) continue;
          if (lost[at] === 1) {
            decoder.forget();
            continue;
          }
          const { headers, problem } = decoder.decode(block);
          expect(problem).toBeNull();
          expect(headers.length).toBe(steps[at]!.fields.length);
          for (const [index, [fieldName, fieldValue]] of headers.entries()) {
            const [trueName, trueValue] = expected(nameAndValue(steps[at]!.fields[index]!));
            if (fieldName !== null) expect(fieldName).toBe(trueName);
            if (fieldValue !== null) expect(fieldValue).toEqual(trueValue);
            if (fieldName === null || fieldValue === null) unknown++;
            else known++;
          }
        }
      }),
      { numRuns: 200 },
    );
    // The test means something only if both occur.
    expect(unknown).toBeGreaterThan(100);
    expect(known).toBeGreaterThan(unknown);
  });
});

function nameAndValue(sent: OracleField): readonly [string, string] {
  return [sent.name, sent.value];
}

describe('joined late', () => {
  test('a table of 64 KiB is kept, although the size update was missed', () => {
    const encoder = new OracleEncoder({ tableBytes: 65_536 });
    const decoder = new HpackDecoder({ joinedLate: true });
    const fields = Array.from({ length: 25 }, (_, at) => ({ name: `x-${at}`, value: 'v'.repeat(1000) }));
    decoder.decode(encoder.encode(fields));
    const { headers, incomplete } = decoder.decode(encoder.encode([fields[1]!]));
    expect(headers).toEqual([['x-1', 'v'.repeat(1000)]]);
    expect(incomplete).toBe(false);
  });

  test('a new value under an unknown name, and then its index', () => {
    const decoder = new HpackDecoder({ joinedLate: true });
    // Literal with indexing, name at index 70, value "abc"; then the newest entry.
    const { headers, incomplete } = decoder.decode(Buffer.from('7f0703616263be', 'hex'));
    expect(headers).toEqual([
      [null, 'abc'],
      [null, 'abc'],
    ]);
    expect(incomplete).toBe(true);
  });
});

describe('limits', () => {
  test('an entry larger than the table empties it', () => {
    const decoder = new HpackDecoder({ joinedLate: false });
    decoder.decode(Buffer.from('4001610162', 'hex'));
    const long = Buffer.concat([Buffer.from('400163', 'hex'), literal(Buffer.alloc(5000, 0x78))]);
    expect(decoder.decode(long).problem).toBeNull();
    expect(decoder.decode(Buffer.from('be', 'hex')).headers).toEqual([[null, null]]);
  });

  test('a table size of 2^32 is taken as 1 MiB', () => {
    const decoder = new HpackDecoder({ joinedLate: false });
    expect(decoder.decode(Buffer.from('3fe0ffffff0f', 'hex')).problem).toBeNull();
    const entry = Buffer.concat([Buffer.from('400161', 'hex'), literal(Buffer.alloc(60_000, 0x79))]);
    for (let at = 0; at < 40; at++) decoder.decode(entry);
    // 1 MiB holds 17 of them.
    const ages = Buffer.from(Array.from({ length: 18 }, (_, age) => 0x80 | (62 + age)));
    const { headers } = decoder.decode(ages);
    expect(headers.map(([fieldName]) => fieldName)).toEqual([...Array.from({ length: 17 }, () => 'a'), null]);
  });

  test('a small block cannot become an endless list', () => {
    const decoder = new HpackDecoder({ joinedLate: false });
    decoder.decode(Buffer.concat([Buffer.from('400161', 'hex'), literal(Buffer.alloc(4000, 0x79))]));
    const { headers, problem } = decoder.decode(Buffer.alloc(1 << 20, 0xbe));
    expect(problem).toBe('header list too long');
    expect(headers.length).toBeLessThan(1100);
    // The table is still in step.
    expect(decoder.decode(Buffer.of(0xbe)).headers[0]?.[0]).toBe('a');
  });
});

/** A string literal without Huffman code (RFC 7541 §5.2). */
function literal(bytes: Buffer): Buffer {
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [0x7f];
  let left = bytes.length - 127;
  for (; left >= 0x80; left >>>= 7) length.push((left & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...length, left), bytes]);
}

describe('malformed blocks', () => {
  const malformed = [
    ['index 0', '80', 'index 0'],
    ['a literal that ends in its name', '400a6375', 'string beyond its end'],
    ['a literal without a value', '400161', 'string beyond its end'],
    ['an integer without an end', 'ffffffff', 'integer'],
    ['an integer that is too long', 'ffffffffffffffffff7f', 'integer'],
    ['EOS in a string', '0184ffffffff00', 'Huffman'],
    ['padding that is not ones', '0001618100', 'Huffman'],
    ['padding of more than 7 bits', '000161821fff', 'Huffman'],
  ] as const;

  test.each(malformed)('%s', (_, hex, reason) => {
    const decoder = new HpackDecoder({ joinedLate: false });
    decoder.decode(Buffer.from('4001610162', 'hex'));
    const { headers, problem } = decoder.decode(Buffer.from(`82${hex}`, 'hex'));
    expect(problem).toContain(reason);
    expect(headers).toEqual([[':method', 'GET']]);
    // What the rest would have inserted is unknown, so everything older is, too.
    expect(decoder.decode(Buffer.of(0xbe)).headers).toEqual([[null, null]]);
  });

  test('any bytes: no throw, and no more than they can hold', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (blocks) => {
        const decoder = new HpackDecoder({ joinedLate: false });
        for (const block of blocks) {
          expect(decoder.decode(block).headers.length).toBeLessThanOrEqual(block.length);
        }
      }),
      { numRuns: 4000 },
    );
  });
});
