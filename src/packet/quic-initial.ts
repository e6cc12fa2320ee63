import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/**
 * The CRYPTO frames of a client's Initial packet at the start of a UDP payload, decrypted with the keys that anybody can
 * derive from its destination connection id (RFC 9001 §5.2, RFC 9369 §3.3). Undefined for everything else, for a
 * server's packets too: theirs have other keys.
 */
export function parseQuicInitial(payload: Uint8Array): QuicInitial | undefined {
  const header = parseLongHeader(payload);
  if (header === undefined) return undefined;
  const keys = deriveKeys(header.version, header.destinationId);
  const packet = removeHeaderProtection(header, keys.headerProtection);
  if (packet === undefined) return undefined;
  const plain = decrypt(packet, keys);
  if (plain === undefined) return undefined;
  return {
    destinationId: Buffer.from(header.destinationId).toString('hex'),
    crypto: parseCryptoFrames(plain),
  };
}

export interface QuicInitial {
  /** Hex. */
  readonly destinationId: string;
  readonly crypto: readonly CryptoPiece[];
}

/** Bytes of the stream of handshake messages. */
export interface CryptoPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Version {
  /** Bits of the first byte that mark an Initial packet. */
  readonly initialType: number;
  readonly salt: Buffer;
  readonly labels: { readonly key: string; readonly iv: string; readonly headerProtection: string };
}

const versions = new Map<number, Version>([
  [
    1,
    {
      initialType: 0x00,
      salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'),
      labels: { key: 'quic key', iv: 'quic iv', headerProtection: 'quic hp' },
    },
  ],
  [
    0x6b3343cf,
    {
      initialType: 0x10,
      salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
      labels: { key: 'quicv2 key', iv: 'quicv2 iv', headerProtection: 'quicv2 hp' },
    },
  ],
]);

interface LongHeader {
  readonly version: Version;
  readonly destinationId: Uint8Array;
  /** From the first byte of the packet to its end. */
  readonly packet: Uint8Array;
  readonly numberOffset: number;
}

/** | flags (1) | version (4) | DCID length (1) | DCID | SCID length (1) | SCID | token length | token | length | RFC 9000 §17.2.2 */
function parseLongHeader(payload: Uint8Array): LongHeader | undefined {
  const flags = payload[0] ?? 0;
  if ((flags & 0xc0) !== 0xc0 || payload.length < 7) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const version = versions.get(view.getUint32(1));
  if (version === undefined || (flags & 0x30) !== version.initialType) return undefined;
  const idBytes = payload[5] ?? 0;
  if (idBytes === 0 || idBytes > 20) return undefined;
  const destinationId = payload.subarray(6, 6 + idBytes);
  const sourceIdBytes = payload[6 + idBytes] ?? 255;
  if (sourceIdBytes > 20) return undefined;
  const token = readVariableInteger(payload, 7 + idBytes + sourceIdBytes);
  if (token === undefined) return undefined;
  const length = readVariableInteger(payload, token.end + token.value);
  if (length === undefined) return undefined;
  const end = length.end + length.value;
  if (end > payload.length) return undefined;
  return { version, destinationId, packet: payload.subarray(0, end), numberOffset: length.end };
}

interface Keys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly headerProtection: Buffer;
}

function deriveKeys({ salt, labels }: Version, destinationId: Uint8Array): Keys {
  // HKDF in one step takes the label as its info: expand(extract(salt, id), 'client in').
  const clientSecret = Buffer.from(hkdfSync('sha256', destinationId, salt, hkdfLabel('client in', 32), 32));
  const expand = (label: string, lengthBytes: number): Buffer => hkdfExpand(clientSecret, label, lengthBytes);
  return {
    key: expand(labels.key, 16),
    iv: expand(labels.iv, 12),
    headerProtection: expand(labels.headerProtection, 16),
  };
}

interface OpenPacket {
  readonly number: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** RFC 9001 §5.4: the mask comes from a sample of the encrypted payload, as if the packet number had four bytes. */
function removeHeaderProtection(header: LongHeader, key: Buffer): OpenPacket | undefined {
  const { packet, numberOffset } = header;
  const sample = packet.subarray(numberOffset + 4, numberOffset + 20);
  if (sample.length < 16) return undefined;
  const mask = createCipheriv('aes-128-ecb', key, null).update(sample);
  const flags = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const numberBytes = (flags & 3) + 1;
  const opened = Buffer.from(packet.subarray(0, numberOffset + numberBytes));
  opened[0] = flags;
  for (let i = 0; i < numberBytes; i += 1)
    opened[numberOffset + i] = (opened[numberOffset + i] ?? 0) ^ (mask[i + 1] ?? 0);
  return {
    number: opened.readUIntBE(numberOffset, numberBytes),
    header: opened,
    payload: packet.subarray(numberOffset + numberBytes),
  };
}

const tagBytes = 16;

function decrypt(packet: OpenPacket, { key, iv }: Keys): Buffer | undefined {
  if (packet.payload.length < tagBytes) return undefined;
  const nonce = Buffer.from(iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packet.number) >>> 0, 8);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAAD(packet.header);
  decipher.setAuthTag(packet.payload.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(packet.payload.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    // Not a client's packet, or not to this connection id.
    return undefined;
  }
}

/** PADDING, PING, CRYPTO; other frames of a client's Initial packet come after what we want (RFC 9000 §12.4). */
function parseCryptoFrames(plain: Uint8Array): readonly CryptoPiece[] {
  const pieces: CryptoPiece[] = [];
  let at = 0;
  while (at < plain.length) {
    const type = plain[at];
    at += 1;
    if (type === 0 || type === 1) continue;
    if (type !== 6) break;
    const offset = readVariableInteger(plain, at);
    const length = offset && readVariableInteger(plain, offset.end);
    if (offset === undefined || length === undefined) break;
    at = length.end + length.value;
    pieces.push({ offset: offset.value, bytes: plain.subarray(length.end, at) });
  }
  return pieces;
}

/** RFC 9000 §16; undefined beyond the end. */
function readVariableInteger(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const end = at + (1 << (first >> 6));
  if (end > bytes.length) return undefined;
  let value = first & 0x3f;
  for (let i = at + 1; i < end; i += 1) value = value * 256 + (bytes[i] ?? 0);
  return { value, end };
}

/** HKDF-Expand-Label of RFC 8446 §7.1, without context. */
function hkdfLabel(label: string, lengthBytes: number): Buffer {
  const text = Buffer.from(`tls13 ${label}`);
  return Buffer.concat([Buffer.of(lengthBytes >> 8, lengthBytes & 0xff, text.length), text, Buffer.of(0)]);
}

/** One block of HKDF-Expand (RFC 5869 §2.3), which is enough for 32 bytes. */
function hkdfExpand(secret: Buffer, label: string, lengthBytes: number): Buffer {
  const mac = createHmac('sha256', secret).update(hkdfLabel(label, lengthBytes)).update(Buffer.of(1));
  return mac.digest().subarray(0, lengthBytes);
}
