/**
 * Looks for the client random at the start of a TCP payload: a TLS record of a handshake that begins with a ClientHello
 * (RFC 8446 §4 and §5.1), also where the handshake is cut into several records.
 */
export function parseClientHello(bytes: Uint8Array): ClientHelloResult {
  const hello = new Uint8Array(helloPrefixBytes);
  let found = 0;
  let at = 0;
  while (found < helloPrefixBytes) {
    if (at === bytes.length) return more;
    // Record: type (1), version (2), length (2). The version says 3.x in every TLS and in SSL 3.
    if (bytes[at] !== handshakeRecord) return none;
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return none;
    if (at + 2 < bytes.length && (bytes[at + 2] ?? 0) > 4) return none;
    if (at + recordHeaderBytes > bytes.length) return more;
    const recordBytes = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
    if (recordBytes === 0 || recordBytes > maxRecordBytes) return none;
    at += recordHeaderBytes;
    const piece = bytes
      .subarray(at, Math.min(bytes.length, at + recordBytes))
      .subarray(0, helloPrefixBytes - found);
    hello.set(piece, found);
    found += piece.length;
    if (!isHelloSoFar(hello, found)) return none;
    if (found < helloPrefixBytes && at + recordBytes > bytes.length) return more;
    at += recordBytes;
  }
  return { type: 'found', clientRandom: formatClientRandom(hello) };
}

export type ClientHelloResult =
  | { readonly type: 'found'; readonly clientRandom: string }
  /** It may be one: more bytes are needed. */
  | { readonly type: 'more' }
  | { readonly type: 'none' };

/** Type (1), length (3), version (2), random (32). */
export const helloPrefixBytes = 38;
/** Record headers included, this is enough of any ClientHello that is cut into records of at least 4 bytes. */
export const maxHelloStartBytes = 96;

const handshakeRecord = 0x16;
const recordHeaderBytes = 5;
const maxRecordBytes = 16_384 + 2048;
const more = { type: 'more' } as const;
const none = { type: 'none' } as const;

/** Of the first {@link helloPrefixBytes} bytes of the handshake message; lower-case hex. */
export function formatClientRandom(hello: Uint8Array): string {
  let text = '';
  for (let i = 6; i < helloPrefixBytes; i += 1) text += (hello[i] ?? 0).toString(16).padStart(2, '0');
  return text;
}

function isHelloSoFar(hello: Uint8Array, length: number): boolean {
  // A handshake message of more than 64 KiB is no ClientHello that anybody would answer.
  return (
    (length < 1 || hello[0] === 1) &&
    (length < 2 || hello[1] === 0) &&
    (length < 5 || hello[4] === 3) &&
    (length < 6 || (hello[5] ?? 0) <= 3)
  );
}
