import { createCipheriv, hkdfSync, createHmac } from 'node:crypto';

export interface InitialOptions {
  readonly version: 1 | 2;
  readonly destinationId: Buffer;
  readonly packetNumber: number;
  /** Pieces of the handshake stream. */
  readonly crypto: readonly (readonly [offset: number, bytes: Buffer])[];
}

const parameters = {
  1: { number: 1, flags: 0xc1, salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', prefix: 'quic' },
  2: { number: 0x6b3343cf, flags: 0xd1, salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', prefix: 'quicv2' },
} as const;

/** A client's Initial packet in a datagram of 1,200 bytes, encrypted as RFC 9001 §5 says. */
export function buildInitial(options: InitialOptions): Buffer {
  const { number, flags, salt, prefix } = parameters[options.version];
  const { destinationId } = options;
  const secret = Buffer.from(
    hkdfSync('sha256', destinationId, Buffer.from(salt, 'hex'), label('client in', 32), 32),
  );
  const derive = (name: string, length: number): Buffer =>
    createHmac('sha256', secret)
      .update(Buffer.concat([label(`${prefix} ${name}`, length), Buffer.of(1)]))
      .digest()
      .subarray(0, length);
  const frames = Buffer.concat(
    options.crypto.map(([offset, bytes]) =>
      Buffer.concat([Buffer.of(6), integer(offset), integer(bytes.length), bytes]),
    ),
  );
  const head = Buffer.concat([
    Buffer.of(flags, number >>> 24, (number >> 16) & 255, (number >> 8) & 255, number & 255),
    Buffer.of(destinationId.length),
    destinationId,
    Buffer.of(0, 0),
  ]);
  const plain = Buffer.concat([frames, Buffer.alloc(1200 - head.length - 2 - 2 - 16 - frames.length)]);
  const header = Buffer.concat([
    head,
    integer(2 + plain.length + 16),
    Buffer.of(options.packetNumber >> 8, options.packetNumber & 255),
  ]);
  const nonce = derive('iv', 12);
  nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ options.packetNumber, 10);
  const cipher = createCipheriv('aes-128-gcm', derive('key', 16), nonce);
  cipher.setAAD(header);
  const packet = Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const numberAt = header.length - 2;
  const mask = createCipheriv('aes-128-ecb', derive('hp', 16), null).update(
    packet.subarray(numberAt + 4, numberAt + 20),
  );
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 15);
  packet[numberAt] = (packet[numberAt] ?? 0) ^ (mask[1] ?? 0);
  packet[numberAt + 1] = (packet[numberAt + 1] ?? 0) ^ (mask[2] ?? 0);
  return packet;
}

function label(name: string, length: number): Buffer {
  const text = Buffer.from(`tls13 ${name}`);
  return Buffer.concat([Buffer.of(0, length, text.length), text, Buffer.of(0)]);
}

/** In two bytes. */
function integer(value: number): Buffer {
  return Buffer.of(0x40 | (value >> 8), value & 255);
}
