/** Bytes at the start that only continue a character (RFC 3629 §3): at most three, else it is not UTF-8 anyway. */
export function strayHeadLength(bytes: Uint8Array): number {
  let length = 0;
  while (length < 3 && length < bytes.length && ((bytes[length] ?? 0) & 0xc0) === 0x80) length += 1;
  return length;
}

/** Bytes at the end that begin a character without finishing it: 0 to 3. */
export function incompleteTailLength(bytes: Uint8Array): number {
  for (let length = 1; length <= 3 && length <= bytes.length; length += 1) {
    const byte = bytes[bytes.length - length] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return characterLength(byte) > length ? length : 0;
  }
  return 0;
}

function characterLength(first: number): number {
  if (first >= 0xf0) return first < 0xf5 ? 4 : 1;
  if (first >= 0xe0) return 3;
  return first >= 0xc2 ? 2 : 1;
}
