import { blockType, formatBlock } from './block.ts';
import { formatOptions, type OptionValue } from './option.ts';

export interface InterfaceDescription {
  /** LINKTYPE_* as in https://www.tcpdump.org/linktypes.html */
  readonly linkType: number;
  readonly snapLengthBytes: number;
  readonly name: string;
  readonly description: string;
  /** tcpdump expression, empty when there is none. */
  readonly filter: string;
  readonly os: string;
}

/** Interface description. Times of its packets count nanoseconds since 1970. */
export function formatInterfaceBlock(description: InterfaceDescription): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(description.linkType, 0);
  fixed.writeUInt32LE(description.snapLengthBytes, 4);
  const options: (readonly [number, OptionValue])[] = [[2, description.name]];
  if (description.description !== '') options.push([3, description.description]);
  options.push([9, Buffer.of(9)]);
  // The leading 0 says that an expression of libpcap follows.
  if (description.filter !== '') options.push([11, `\0${description.filter}`]);
  if (description.os !== '') options.push([12, description.os]);
  return formatBlock(blockType.interface, fixed, formatOptions(options));
}
