/** The bytes that `fill` of test/programs/common makes from the same seed. */
export function pseudoRandomBytes(lengthBytes: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  let x = (Math.imul(seed, 2_654_435_761) + 1) >>> 0 || 1;
  for (let i = 0; i < lengthBytes; i += 1) {
    x = (x ^ (x << 13)) >>> 0;
    x ^= x >>> 17;
    x = (x ^ (x << 5)) >>> 0;
    bytes[i] = x >>> 8;
  }
  return bytes;
}

/** The lines of 63 letters that `fillText` makes. */
export function pseudoRandomText(lengthBytes: number, seed: number): Buffer {
  return pseudoRandomBytes(lengthBytes, seed).map((byte, index) =>
    index % 64 === 63 ? 0x0a : 0x61 + (byte % 26),
  ) as Buffer;
}
