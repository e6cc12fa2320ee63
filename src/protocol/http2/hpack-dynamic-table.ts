import type { Header } from '../exchange.ts';

/** What the table keeps of one entry. Sizes are wire sizes: bytes of the decoded name and value. */
export interface HpackEntry {
  readonly header: Header;
  readonly nameBytes: number;
  readonly valueBytes: number;
}

/** RFC 7541 §4: newest entry first, oldest evicted. */
export class HpackDynamicTable {
  /** Oldest first; elements before `#oldest` are evicted. */
  #entries: HpackEntry[] = [];
  #oldest = 0;
  #sizeBytes = 0;
  #capacityBytes: number;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** `age` 0 is the newest. */
  find(age: number): HpackEntry | undefined {
    const at = this.#entries.length - 1 - age;
    return at < this.#oldest ? undefined : this.#entries[at];
  }

  /** An entry larger than the table empties it and is not kept (§4.4). */
  insert(entry: HpackEntry): void {
    this.#entries.push(entry);
    this.#sizeBytes += entrySize(entry);
    this.#evict();
  }

  resize(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes;
    this.#evict();
  }

  clear(): void {
    this.#entries = [];
    this.#oldest = 0;
    this.#sizeBytes = 0;
  }

  #evict(): void {
    while (this.#sizeBytes > this.#capacityBytes) {
      this.#sizeBytes -= entrySize(this.#entries[this.#oldest++]!);
    }
    if (this.#oldest > 64 && this.#oldest * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#oldest);
      this.#oldest = 0;
    }
  }
}

/** §4.1; of an unknown name or value nothing is counted, so that eviction is late rather than early. */
function entrySize(entry: HpackEntry): number {
  return entry.nameBytes + entry.valueBytes + 32;
}
