import { blockType, formatBlock } from './block.ts';
import { formatOptions, type OptionValue } from './option.ts';

/** What came over an interface in the time of a file; null where it was not counted. */
export interface InterfaceStatistics {
  readonly interfaceIndex: number;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly startTimeNs: bigint;
  readonly receivedPackets: number | null;
  /** Passed the filter, but the ring had no room. */
  readonly ringDroppedPackets: number | null;
  /** Came here, but the reader of the output was too slow or the disk full. */
  readonly outputDroppedPackets: number;
  readonly writtenPackets: number;
}

/** Interface statistics: the drops of `isb_ifdrop` are all that are missing, as dumpcap counts them. */
export function formatStatisticsBlock(statistics: InterfaceStatistics): Buffer {
  const fixed = Buffer.alloc(12);
  fixed.writeUInt32LE(statistics.interfaceIndex, 0);
  timestamp(statistics.timeNs).copy(fixed, 4);
  const options: (readonly [number, OptionValue])[] = [
    [2, timestamp(statistics.startTimeNs)],
    [3, timestamp(statistics.timeNs)],
  ];
  if (statistics.receivedPackets !== null) options.push([4, counter(statistics.receivedPackets)]);
  const ringDropped = statistics.ringDroppedPackets ?? 0;
  options.push([5, counter(ringDropped + statistics.outputDroppedPackets)]);
  if (statistics.ringDroppedPackets !== null) options.push([7, counter(ringDropped)]);
  options.push([8, counter(statistics.writtenPackets)]);
  return formatBlock(blockType.interfaceStatistics, fixed, formatOptions(options));
}

/** The upper half first. */
function timestamp(timeNs: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(Number(BigInt.asUintN(32, timeNs >> 32n)), 0);
  bytes.writeUInt32LE(Number(BigInt.asUintN(32, timeNs)), 4);
  return bytes;
}

function counter(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
