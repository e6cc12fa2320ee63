import { createCipheriv, createHmac } from 'node:crypto';

const destinationId = Buffer.from('8394c8f03e515708', 'hex');
const salt = Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex');

/** A client's Initial packet of QUIC version 1 with these frames, encrypted so that anybody can read it (RFC 9001 §5). */
export function sealInitial(frames: Buffer, packetNumber: number): Buffer {
  const secret = expand(extract(), 'client in', 32);
  // Header protection takes its sample from 4 to 20 bytes behind the packet number.
  const plain = frames.length < 4 ? Buffer.concat([frames, Buffer.alloc(4 - frames.length)]) : frames;
  const header = Buffer.concat([
    Buffer.from('c300000001', 'hex'),
    Buffer.of(destinationId.length),
    destinationId,
    Buffer.of(0, 0),
    twoBytes(4 + plain.length + 16),
    fourBytes(packetNumber),
  ]);
  const nonce = expand(secret, 'quic iv', 12);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ packetNumber) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', expand(secret, 'quic key', 16), nonce);
  cipher.setAAD(header);
  const packet = Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const numberAt = header.length - 4;
  const protection = createCipheriv('aes-128-ecb', expand(secret, 'quic hp', 16), null);
  const mask = protection.update(packet.subarray(numberAt + 4, numberAt + 20));
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let index = 0; index < 4; index++)
    packet[numberAt + index] = (packet[numberAt + index] ?? 0) ^ (mask[1 + index] ?? 0);
  return packet;
}

function extract(): Buffer {
  return createHmac('sha256', salt).update(destinationId).digest();
}

/** HKDF-Expand-Label of TLS 1.3; up to 32 bytes are one block. */
function expand(secret: Buffer, name: string, lengthBytes: number): Buffer {
  const label = Buffer.from(`tls13 ${name}`);
  const info = Buffer.concat([Buffer.of(0, lengthBytes, label.length), label, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, lengthBytes);
}

/** A variable-length integer in two bytes. */
function twoBytes(value: number): Buffer {
  return Buffer.of(0x40 | (value >> 8), value & 0xff);
}

function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
