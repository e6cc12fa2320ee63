import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { decodeContent } from '../../../src/protocol/body/decode-content.ts';
import { parseContentCodings } from '../../../src/protocol/body/parse-content-codings.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const limitBytes = 64 * 1024;
const values = [
  'gzip',
  'deflate',
  'br',
  'gzip, br',
  'x-gzip',
  'zstd',
  'identity',
  'gzip, unknown, br',
  'deflate, gzip, br',
];

export const content: FuzzTarget = {
  name: 'content',
  description: 'bodies with content codings: gzip, deflate, br, several of them',
  corpus: () => {
    const text = Buffer.from(
      'All happy families are alike; each unhappy family is unhappy in its own way. '.repeat(20),
    );
    const bomb = Buffer.alloc(2_000_000);
    const encoders = [gzipSync, deflateSync, brotliCompressSync, deflateRawSync];
    const encoded = encoders.flatMap((encode, index) =>
      [encode(text), encode(bomb), encode(Buffer.of(1))].map((bytes) =>
        Buffer.concat([Buffer.of(Math.min(index, 3) % 3), bytes]),
      ),
    );
    return [
      ...encoded,
      Buffer.concat([Buffer.of(3), brotliCompressSync(gzipSync(text))]),
      Buffer.concat([Buffer.of(4), gzipSync(text), gzipSync(text)]),
    ];
  },
  tokens: ['\x1f\x8b\x08\x00', '\x78\x9c', '\x03\x00', '\x28\xb5\x2f\xfd'],
  mostInputBytes: 8192,
  check: (input, random) => {
    const codings = parseContentCodings(values[(input[0] ?? 0) % values.length] ?? '');
    const { bytes, lengthBytes, problem } = decodeContent(input.subarray(1), codings, {
      isWhole: random.below(3) > 0,
      limitBytes,
    });
    must(bytes.length <= Math.max(limitBytes, input.length), 'no more than the limit');
    must(lengthBytes === null || lengthBytes === bytes.length, 'a length that is known is that of the bytes');
    must(lengthBytes === null || problem === null, 'with a problem the length is not known');
    return problem === null ? 'decoded' : problem.replaceAll(/\d+/g, 'N');
  },
};
