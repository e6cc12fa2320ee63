import type { Random } from '../support/random.ts';

export interface InputSource {
  readonly corpus: readonly Buffer[];
  readonly tokens: readonly Buffer[];
  readonly mostInputBytes: number;
}

/** An input: mostly one of the corpus with a few mutations, now and then two joined, or any bytes. */
export function makeInput(random: Random, source: InputSource): Buffer {
  const kind = random.below(20);
  if (kind === 0 || source.corpus.length === 0) return random.bytes(random.below(300));
  if (kind === 1 && source.tokens.length > 0) return fromTokens(random, source);
  let input = random.pick(source.corpus);
  if (kind === 2) return cut(input, source);
  const count = 1 + random.below(random.pick([1, 2, 4, 12]));
  for (let index = 0; index < count; index++) input = mutate(input, random, source);
  return cut(input, source);
}

function fromTokens(random: Random, source: InputSource): Buffer {
  const count = random.below(20);
  const parts = Array.from({ length: count }, () => random.pick(source.tokens));
  return cut(Buffer.concat(parts), source);
}

function cut(input: Buffer, { mostInputBytes }: InputSource): Buffer {
  // A copy: what a parser does to its input must not reach the corpus.
  return Buffer.from(input.subarray(0, mostInputBytes));
}

function mutate(input: Buffer, random: Random, source: InputSource): Buffer {
  if (input.length === 0) return random.bytes(1 + random.below(20));
  const at = place(random, input.length);
  const end = Math.min(input.length, at + 1 + random.below(random.pick([1, 4, 16, 64, 1024])));
  switch (random.below(12)) {
    case 0:
      return changed(input, (bytes) => (bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))));
    case 1:
      return changed(input, (bytes) => (bytes[at] = random.below(256)));
    case 2:
    case 3:
      return changed(input, (bytes) => writeNumber(bytes, at, random));
    case 4:
      return changed(input, (bytes) => bytes.fill(random.pick([0, 0xff, 0x20, random.below(256)]), at, end));
    case 5:
      return Buffer.concat([input.subarray(0, at), input.subarray(end)]);
    case 6:
      return Buffer.concat([input.subarray(0, end), input.subarray(at, end), input.subarray(end)]);
    case 7:
      return inserted(input, at, random.bytes(1 + random.below(random.pick([2, 10, 100]))));
    case 8:
      return source.tokens.length === 0
        ? input.subarray(0, at)
        : inserted(input, at, random.pick(source.tokens));
    case 9:
      return input.subarray(0, at);
    case 10: {
      const other = random.pick(source.corpus);
      return Buffer.concat([input.subarray(0, at), other.subarray(place(random, other.length + 1))]);
    }
    default: {
      const other = random.pick(source.corpus);
      const from = place(random, other.length + 1);
      return inserted(input, at, other.subarray(from, from + 1 + random.below(200)));
    }
  }
}

/** Headers are at the start, and matter most. */
function place(random: Random, length: number): number {
  return random.below(random.below(2) === 0 ? Math.min(length, 512) : length);
}

function changed(input: Buffer, change: (bytes: Buffer) => unknown): Buffer {
  const bytes = Buffer.from(input);
  change(bytes);
  return bytes;
}

function inserted(input: Buffer, at: number, bytes: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), bytes, input.subarray(at)]);
}

/** A number that parsers stumble over, in either byte order. */
function writeNumber(bytes: Buffer, at: number, random: Random): void {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(
    BigInt.asUintN(64, random.pick(interesting) + BigInt(random.pick([-1, 0, 0, 0, 1]))),
  );
  const sizeBytes = random.pick([1, 2, 4, 8]);
  const little = number.subarray(0, sizeBytes);
  bytes.set((random.below(2) === 0 ? little : little.toReversed()).subarray(0, bytes.length - at), at);
}

const interesting: readonly bigint[] = [
  ...[0n, 1n, 2n, 7n, 8n, 15n, 16n, 31n, 32n, 63n, 64n, 100n, 127n, 128n, 255n, 256n, 1000n, 4095n, 4096n],
  ...[0x3fffn, 0x4000n, 0x7fffn, 0x8000n, 0xffffn, 0x1_0000n, 0xff_ffffn, 0x100_0000n, 0x7fff_ffffn],
  ...[0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 53n, 2n ** 62n, 2n ** 63n, 2n ** 64n - 4096n],
];
