import type { InterfaceCountersEvent, InterfaceEvent } from '../../event/event.ts';
import { LinkConverter, type FileLinkType } from '../../packet/link-converter.ts';
import { formatInterfaceBlock } from './interface-block.ts';
import { formatStatisticsBlock } from './statistics-block.ts';

/** Readers refuse packets that are longer. */
export const maxPacketBytes = 262_144;

/** LINKTYPE_* */
const linkTypeNumber: Readonly<Record<FileLinkType, number>> = { ethernet: 1, raw: 101, cooked: 276 };
/** What the longest header that is put in front adds. */
const longestHeaderBytes = 20;

/** An interface as it is in the files: its number there, how its packets are converted, what is counted of them. */
export class CapturedInterface {
  /** Same in every file. */
  readonly index: number;
  event: InterfaceEvent;
  converter: LinkConverter;
  writtenPackets = 0;
  droppedPackets = 0;
  counters: InterfaceCountersEvent | null = null;
  readonly #linkType: FileLinkType;

  constructor(index: number, event: InterfaceEvent, linkType: FileLinkType) {
    this.index = index;
    this.event = event;
    this.#linkType = linkType;
    this.converter = new LinkConverter(event, linkType);
  }

  /** It was deleted and came back. */
  replace(event: InterfaceEvent): void {
    this.event = event;
    this.converter = new LinkConverter(event, this.#linkType);
  }

  formatDescription(os: string): Buffer {
    const { name, namespace, filter, snapLengthBytes } = this.event;
    const added = this.#linkType === this.event.linkType ? 0 : longestHeaderBytes;
    return formatInterfaceBlock({
      linkType: linkTypeNumber[this.#linkType],
      snapLengthBytes: Math.min(snapLengthBytes + added, maxPacketBytes),
      name,
      description: namespace === '' ? '' : `in network namespace ${namespace}`,
      filter,
      os,
    });
  }

  formatStatistics(timeNs: bigint, startTimeNs: bigint): Buffer {
    return formatStatisticsBlock({
      interfaceIndex: this.index,
      timeNs,
      startTimeNs,
      receivedPackets: this.counters?.receivedPackets ?? null,
      ringDroppedPackets: this.counters?.droppedPackets ?? null,
      outputDroppedPackets: this.droppedPackets,
      writtenPackets: this.writtenPackets,
    });
  }
}
