import { map, unmap, type Pointer } from './libc.ts';

const PAGE_BYTES = 4096;
const BUSY_BIT = 0x8000_0000 | 0;
const DISCARD_BIT = 0x4000_0000;
const LENGTH_MASK = 0x3fff_ffff;
const RECORD_HEADER_BYTES = 8;
/** Space is given back to the kernel while draining, so that a full ring empties from the first record on. */
const RELEASE_BYTES = 256 * 1024;

/** `length` bytes at `start` of `memory`; valid only during the call: the kernel overwrites them afterwards. */
export type RecordHandler = (memory: Buffer, start: number, length: number) => void;

/**
 * The consumer's side of a BPF ring buffer, read in place. Its pages: the consumer's position (written here), then the
 * producer's position and twice the data, so that a record never wraps (kernel/bpf/ringbuf.c).
 */
export class RingBuffer implements Disposable {
  readonly #sizeBytes: number;
  readonly #consumer: { address: Pointer; view: ArrayBuffer };
  readonly #producer: { address: Pointer; view: ArrayBuffer };
  readonly #consumerPosition: BigInt64Array;
  readonly #producerPosition: BigInt64Array;
  readonly #headers: Int32Array;
  readonly #data: Buffer;
  #position: number;
  #closed = false;

  constructor(fd: number, sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#consumer = map(fd, PAGE_BYTES, 0, true);
    this.#producer = map(fd, PAGE_BYTES + 2 * sizeBytes, PAGE_BYTES, false);
    this.#consumerPosition = new BigInt64Array(this.#consumer.view, 0, 1);
    this.#producerPosition = new BigInt64Array(this.#producer.view, 0, 1);
    this.#headers = new Int32Array(this.#producer.view, PAGE_BYTES);
    this.#data = Buffer.from(this.#producer.view, PAGE_BYTES);
    this.#position = Number(Atomics.load(this.#consumerPosition, 0));
  }

  /** Up to where the kernel has written, in bytes since the ring was made. */
  get producedBytes(): number {
    return this.#closed ? this.#position : Number(Atomics.load(this.#producerPosition, 0));
  }

  /** Up to where records were read. */
  get consumedBytes(): number {
    return this.#position;
  }

  /** Bytes that wait to be read. */
  get pendingBytes(): number {
    return this.producedBytes - this.#position;
  }

  /** Reads what is there, at most about `mostBytes`; returns the bytes read, 0 when there was nothing. */
  drain(handle: RecordHandler, mostBytes: number): number {
    if (this.#closed) return 0;
    const from = this.#position;
    const until = Math.min(Number(Atomics.load(this.#producerPosition, 0)), from + mostBytes);
    let released = from;
    try {
      while (this.#position < until) {
        const at = this.#position % this.#sizeBytes;
        const header = Atomics.load(this.#headers, at >> 2);
        // A record that is still being written stops the reading: order is kept.
        if ((header & BUSY_BIT) !== 0) break;
        const length = header & LENGTH_MASK;
        this.#position += RECORD_HEADER_BYTES + Math.ceil(length / 8) * 8;
        if ((header & DISCARD_BIT) === 0) handle(this.#data, at + RECORD_HEADER_BYTES, length);
        if (this.#position - released >= RELEASE_BYTES) {
          this.#release();
          released = this.#position;
        }
      }
    } finally {
      if (this.#position !== released) this.#release();
    }
    return this.#position - from;
  }

  #release(): void {
    Atomics.store(this.#consumerPosition, 0, BigInt(this.#position));
  }

  /** Views of the memory must not be used afterwards. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    unmap(this.#consumer.address, PAGE_BYTES);
    unmap(this.#producer.address, PAGE_BYTES + 2 * this.#sizeBytes);
  }
}
