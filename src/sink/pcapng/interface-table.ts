import type { InterfaceCountersEvent, InterfaceEvent } from '../../event/event.ts';
import type { FileLinkType } from '../../packet/link-converter.ts';
import { CapturedInterface } from './captured-interface.ts';

/**
 * The interfaces of a capture. The link layer of its files is settled by the interfaces that are there when the first
 * file begins, since readers such as tcpdump take only one in a file.
 */
export class InterfaceTable {
  readonly #linkLayer: 'as-captured' | 'cooked';
  readonly #early: InterfaceEvent[] = [];
  readonly #byId = new Map<number, CapturedInterface>();
  /** In the order of the files' own numbers. */
  readonly #all: CapturedInterface[] = [];
  #linkType: FileLinkType | undefined;

  constructor(linkLayer: 'as-captured' | 'cooked') {
    this.#linkLayer = linkLayer;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0 && this.#early.length === 0;
  }

  /** Before {@link settle}: kept. After: the interface, if it is a new one that the file has to describe. */
  add(event: InterfaceEvent): CapturedInterface | undefined {
    if (this.#linkType === undefined) {
      this.#early.push(event);
      return undefined;
    }
    const known = this.#byId.get(event.id);
    if (known !== undefined) {
      known.replace(event);
      return undefined;
    }
    const added = new CapturedInterface(this.#all.length, event, this.#linkType);
    this.#byId.set(event.id, added);
    this.#all.push(added);
    return added;
  }

  /** The first file begins. */
  settle(): void {
    const [first] = this.#early;
    const agree = this.#early.every((event) => event.linkType === first?.linkType);
    this.#linkType = this.#linkLayer === 'cooked' || !agree ? 'cooked' : (first?.linkType ?? 'ethernet');
    for (const event of this.#early) this.add(event);
    this.#early.length = 0;
  }

  find(id: number): CapturedInterface | undefined {
    return this.#byId.get(id);
  }

  /** By its number in the files. */
  at(index: number): CapturedInterface | undefined {
    return this.#all[index];
  }

  count(event: InterfaceCountersEvent): void {
    const known = this.#byId.get(event.id);
    if (known !== undefined) known.counters = event;
  }

  formatDescriptions(os: string): Buffer {
    return Buffer.concat(this.#all.map((known) => known.formatDescription(os)));
  }

  formatStatistics(timeNs: bigint, startTimeNs: bigint): Buffer {
    return Buffer.concat(this.#all.map((known) => known.formatStatistics(timeNs, startTimeNs)));
  }
}
