/** Addresses and ports of an Ethernet frame with TCP or UDP. */
export interface Flow {
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  /** Undefined in a fragment other than the first. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  /** Of TCP, e.g. `SYN ACK`. */
  readonly flags: string;
}

/** Undefined for anything else. Independent of the kernel side's own parser, which it is to judge. */
export function parseFlow(frame: Buffer): Flow | undefined {
  const type = frame.readUInt16BE(12);
  if (type === 0x0800) {
    const header = (frame.readUInt8(14) & 0x0f) * 4;
    return parseTransport(frame, 14 + header, frame.readUInt8(23), {
      source: [...frame.subarray(26, 30)].join('.'),
      destination: [...frame.subarray(30, 34)].join('.'),
      isLater: (frame.readUInt16BE(20) & 0x1fff) > 0,
    });
  }
  if (type !== 0x86dd) return undefined;
  const isFragment = frame.readUInt8(20) === 44;
  return parseTransport(frame, isFragment ? 62 : 54, frame.readUInt8(isFragment ? 54 : 20), {
    source: frame.subarray(22, 38).toString('hex'),
    destination: frame.subarray(38, 54).toString('hex'),
    isLater: isFragment && frame.readUInt16BE(56) >> 3 > 0,
  });
}

function parseTransport(
  frame: Buffer,
  offset: number,
  protocol: number,
  network: { readonly source: string; readonly destination: string; readonly isLater: boolean },
): Flow | undefined {
  if (protocol !== 6 && protocol !== 17) return undefined;
  const { source, destination, isLater } = network;
  return {
    protocol: protocol === 6 ? 'tcp' : 'udp',
    source,
    destination,
    sourcePort: isLater ? undefined : frame.readUInt16BE(offset),
    destinationPort: isLater ? undefined : frame.readUInt16BE(offset + 2),
    flags: protocol === 6 && !isLater ? formatFlags(frame.readUInt8(offset + 13)) : '',
  };
}

function formatFlags(flags: number): string {
  return ['FIN', 'SYN', 'RST', 'PSH', 'ACK'].filter((_, bit) => (flags >> bit) & 1).join(' ');
}
