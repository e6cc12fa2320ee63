import { parsePcapng } from '../sink/pcapng/parse-pcapng.ts';
import { runCommand } from './run-command.ts';

/** A QUIC connection as tshark shows it, by itself and in one pass. */
export interface QuicFlow {
  readonly clientPort: number;
  readonly clientRandom: string;
  /** Packets that could not be decrypted. */
  readonly undecrypted: number;
  /** Whether frames of HTTP/3 were seen from there. */
  readonly hasHttp3: { readonly client: boolean; readonly server: boolean };
  /** What the server sent in each stream that a client opened for a request, with the heads of frames cut away. */
  readonly bodies: readonly string[];
}

/** Connections of a file to a server, in the order of their first packets. */
export async function readQuic(path: string, serverPort: number): Promise<readonly QuicFlow[]> {
  const names = [
    ...['udp.srcport', 'udp.dstport', 'quic.decryption_failed', 'tls.handshake.random', 'http3.frame_type'],
    ...['quic.stream.stream_id', 'quic.stream.offset', 'quic.stream_data', 'quic.frame_type'],
  ];
  const args = ['-n', '-r', path, '-Y', 'quic', '-T', 'fields', ...names.flatMap((name) => ['-e', name])];
  const { stdout, stderr, code } = await runCommand('tshark', args, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`tshark: ${stderr}`);
  const flows = new Map<number, Reading>();
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const [from = '', to = '', failed = '', random = '', http3 = '', ...rest] = line.split('\t');
    const side = Number(from) === serverPort ? 'server' : 'client';
    const clientPort = Number(side === 'server' ? to : from);
    const flow: Reading = flows.get(clientPort) ?? {
      clientRandom: '',
      undecrypted: 0,
      hasHttp3: { client: false, server: false },
      streams: new Map(),
    };
    flows.set(clientPort, flow);
    if (side === 'client' && flow.clientRandom === '') flow.clientRandom = random;
    // A packet without any frame was not decrypted either.
    if (failed !== '' || (rest[3] ?? '') === '') flow.undecrypted += 1;
    if (http3 !== '') flow.hasHttp3[side] = true;
    if (side === 'server') keepPieces(flow.streams, rest);
  }
  return [...flows].map(([clientPort, { clientRandom, undecrypted, hasHttp3, streams }]) => ({
    clientPort,
    clientRandom,
    undecrypted,
    hasHttp3,
    bodies: [...streams].filter(([id]) => id % 4 === 0).map(([, pieces]) => joinPieces(pieces)),
  }));
}

interface Reading {
  clientRandom: string;
  undecrypted: number;
  readonly hasHttp3: { client: boolean; server: boolean };
  /** By stream, then by offset. */
  readonly streams: Map<number, Map<number, Buffer>>;
}

function keepPieces(streams: Reading['streams'], fields: readonly string[]): void {
  const [ids = [], offsets = [], pieces = [], types = []] = fields.map((field) => field.split(','));
  // RFC 9000 §19.8: STREAM frames are 8 to 15, and have an offset where the bit 4 is set.
  const frames = types.map(Number).filter((type) => type >= 8 && type <= 15);
  const left = [...offsets];
  for (const [index, type] of frames.entries()) {
    const offset = (type & 4) === 0 ? 0 : Number(left.shift());
    const piece = pieces[index] ?? '';
    if (!/^[0-9a-f]+$/.test(piece)) continue;
    const id = Number(ids[index]);
    const stream = streams.get(id) ?? new Map<number, Buffer>();
    streams.set(id, stream.set(offset, Buffer.from(piece, 'hex')));
  }
}

/** The payload of DATA frames: RFC 9114 §7.2.1. */
function joinPieces(pieces: ReadonlyMap<number, Buffer>): string {
  let stream = Buffer.alloc(0);
  for (const [offset, piece] of [...pieces].sort(([one], [other]) => one - other))
    if (offset <= stream.length) stream = Buffer.concat([stream.subarray(0, offset), piece]);
  const data: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const [type, afterType] = readInteger(stream, at);
    const [lengthBytes, start] = readInteger(stream, afterType);
    if (type === 0) data.push(stream.subarray(start, start + lengthBytes));
    at = start + lengthBytes;
  }
  return Buffer.concat(data).toString();
}

/** RFC 9000 §16; and where it ends. */
function readInteger(bytes: Buffer, at: number): readonly [value: number, end: number] {
  const lengthBytes = 1 << ((bytes[at] ?? 0) >> 6);
  let value = (bytes[at] ?? 0) & 0x3f;
  for (let i = 1; i < lengthBytes; i += 1) value = value * 256 + (bytes[at + i] ?? 0);
  return [value, at + lengthBytes];
}

/** Labels of the secrets that lie in the file before a connection's first packet from the server. */
export function labelsBeforeServer(file: Buffer, flow: QuicFlow, serverPort: number): readonly string[] {
  const labels = new Set<string>();
  for (const { type, bytes } of parsePcapng(file)) {
    if (type === 10)
      for (const line of bytes.toString('latin1', 16).split('\n'))
        if (line.includes(` ${flow.clientRandom} `)) labels.add(line.slice(0, line.indexOf(' ')));
    // Ethernet and IPv4 without options.
    if (type !== 6 || bytes.readUInt16BE(28 + 34) !== serverPort) continue;
    if (bytes.readUInt16BE(28 + 36) === flow.clientPort) return [...labels].sort();
  }
  throw new Error(`no packet of the server to ${flow.clientPort}`);
}
