/** A block as it lies in a file, with what tests ask for. Little-endian files only, as ours are. */
export interface ParsedBlock {
  readonly type: number;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly options: readonly (readonly [code: number, value: Buffer])[];
}

export interface ParsedPacket extends ParsedBlock {
  readonly interfaceIndex: number;
  readonly timeNs: bigint;
  readonly data: Buffer;
  readonly originalBytes: number;
  readonly comments: readonly string[];
  /** 1 in, 2 out. */
  readonly flags: number | undefined;
}

const fixedBytes = new Map([
  [0x0a0d0d0a, 16],
  [1, 8],
  [5, 12],
]);

/** Every block; throws at the first thing that is not as the format says. */
export function parsePcapng(file: Buffer): readonly ParsedBlock[] {
  const blocks: ParsedBlock[] = [];
  for (let offset = 0; offset < file.length;) {
    if (offset + 12 > file.length) throw new Error(`part of a block at ${offset}`);
    const type = file.readUInt32LE(offset);
    const lengthBytes = file.readUInt32LE(offset + 4);
    if (lengthBytes < 12 || lengthBytes % 4 !== 0) throw new Error(`length ${lengthBytes} at ${offset}`);
    if (offset + lengthBytes > file.length) throw new Error(`block at ${offset} is cut off`);
    if (file.readUInt32LE(offset + lengthBytes - 4) !== lengthBytes)
      throw new Error(`lengths differ at ${offset}`);
    const bytes = file.subarray(offset, offset + lengthBytes);
    blocks.push({ type, offset, bytes, options: parseOptions(type, bytes) });
    offset += lengthBytes;
  }
  if (blocks[0]?.type !== 0x0a0d0d0a) throw new Error('does not begin with a section');
  if (blocks[0].bytes.readUInt32LE(8) !== 0x1a2b3c4d) throw new Error('not little-endian');
  return blocks;
}

export function parsePackets(file: Buffer): readonly ParsedPacket[] {
  const blocks = parsePcapng(file);
  let interfaces = 0;
  const packets: ParsedPacket[] = [];
  for (const block of blocks) {
    if (block.type === 1) interfaces += 1;
    if (block.type !== 6) continue;
    const { bytes, options } = block;
    const interfaceIndex = bytes.readUInt32LE(8);
    if (interfaceIndex >= interfaces)
      throw new Error(`packet of interface ${interfaceIndex} before its block`);
    const captured = bytes.readUInt32LE(20);
    packets.push({
      ...block,
      interfaceIndex,
      timeNs: (BigInt(bytes.readUInt32LE(12)) << 32n) | BigInt(bytes.readUInt32LE(16)),
      data: bytes.subarray(28, 28 + captured),
      originalBytes: bytes.readUInt32LE(24),
      comments: options.filter(([code]) => code === 1).map(([, value]) => value.toString()),
      flags: options.find(([code]) => code === 2)?.[1].readUInt32LE(0),
    });
  }
  return packets;
}

/** Lines of all secrets blocks, in order, without comments. */
export function parseSecrets(file: Buffer): readonly string[] {
  return parsePcapng(file)
    .filter((block) => block.type === 10)
    .flatMap(({ bytes }) => {
      if (bytes.readUInt32LE(8) !== 0x544c534b) throw new Error('secrets of another kind');
      return bytes
        .toString('latin1', 16, 16 + bytes.readUInt32LE(12))
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
    });
}

function parseOptions(type: number, block: Buffer): readonly (readonly [number, Buffer])[] {
  const captured = type === 6 ? block.readUInt32LE(20) : 0;
  const fixed = type === 6 ? 20 + ((captured + 3) & ~3) : fixedBytes.get(type);
  if (fixed === undefined) return [];
  const options: (readonly [number, Buffer])[] = [];
  let at = 8 + fixed;
  const end = block.length - 4;
  if (at > end) throw new Error('no room for what is fixed');
  while (at < end) {
    const code = block.readUInt16LE(at);
    const lengthBytes = block.readUInt16LE(at + 2);
    if (code === 0) {
      if (lengthBytes !== 0 || at + 4 !== end) throw new Error('something after the end of the options');
      return options;
    }
    if (at + 4 + lengthBytes > end) throw new Error('an option is cut off');
    options.push([code, block.subarray(at + 4, at + 4 + lengthBytes)]);
    at += 4 + ((lengthBytes + 3) & ~3);
  }
  if (options.length > 0) throw new Error('options without an end');
  return options;
}
