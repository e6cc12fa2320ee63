import fs from 'node:fs';
import { toErrnoError } from '../util/errno-error.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import type { OutputDescriptor } from './output-descriptor.ts';

const batchLength = 65_536;
const shortestRetryMs = 1;
const longestRetryMs = 50;

export interface OutputWriterOptions {
  readonly descriptor: OutputDescriptor;
  /** What may wait for a slow reader; beyond it whole records are dropped. Default 64 MiB. */
  readonly queueLimitBytes?: number;
  /** Where a write does not wait (files), each record is one write(2), made at once: whoever follows sees whole ones. */
  readonly separate?: boolean;
  /** The reader is gone (`| head`): called once; everything written from then on is discarded without a word. */
  readonly onClosed?: () => void;
  /** Nothing more can be written (disk full …): called once; everything from then on counts as undelivered. */
  readonly onError?: (error: NodeJS.ErrnoException) => void;
}

/**
 * Writes records to one output without ever waiting for its reader. Small records are joined; what the reader does
 * not take waits in a bounded queue; beyond that, records are dropped whole until half of the queue is free again, so
 * that what says so does not itself come in drips.
 */
export class OutputWriter {
  readonly #descriptor: OutputDescriptor;
  readonly #queueLimitBytes: number;
  readonly #separate: boolean;
  readonly #onClosed: () => void;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  /** Records that were not yet made into a buffer. */
  #batch: Utf8String = '';
  readonly #queue: Buffer[] = [];
  #queueBytes = 0;
  /** Bytes of the first buffer in the queue that were taken already. */
  #headOffset = 0;
  #flushScheduled = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #retryMs = shortestRetryMs;
  #inThread = false;
  #dropping = false;
  #droppedBytes = 0;
  #state: 'open' | 'closed' | 'failed' = 'open';
  #waiters: (() => void)[] = [];

  constructor(options: OutputWriterOptions) {
    this.#descriptor = options.descriptor;
    this.#queueLimitBytes = options.queueLimitBytes ?? 64 * 1024 * 1024;
    this.#separate = options.separate === true && options.descriptor.mode === 'direct';
    this.#onClosed = options.onClosed ?? (() => {});
    this.#onError = options.onError ?? (() => {});
  }

  /** Bytes that wait for the reader. */
  get queuedBytes(): number {
    return this.#queueBytes - this.#headOffset + this.#batch.length;
  }

  /** Bytes of records that were dropped, and of those that were refused after an error. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /**
   * A write is waiting inside the kernel on a thread. Node joins its threads at exit, so after {@link close} the
   * process must be left by `_exit`, or it hangs for as long as its reader does.
   */
  get stuck(): boolean {
    return this.#inThread;
  }

  /** Takes one record, whole; false when it was dropped. */
  write(record: string): boolean {
    return this.writeUtf8(toUtf8String(record));
  }

  /** As {@link write}. Bound, to be handed to sinks. */
  readonly writeUtf8 = (record: Utf8String): boolean => {
    if (this.#state === 'closed' || record === '') return true;
    if (this.#state === 'failed' || !this.#hasRoom(record.length)) {
      this.#droppedBytes += record.length;
      return false;
    }
    this.#batch += record;
    if (this.#separate || this.#batch.length >= batchLength) this.#flush();
    else this.#scheduleFlush();
    return true;
  };

  /** Takes one record of bytes, whole, and the buffer itself: it must not be changed after. False when it was dropped. */
  writeBytes(record: Buffer): boolean {
    if (this.#state === 'closed' || record.length === 0) return true;
    if (this.#state === 'failed' || !this.#hasRoom(record.length)) {
      this.#droppedBytes += record.length;
      return false;
    }
    this.#queueBatch();
    this.#queue.push(record);
    this.#queueBytes += record.length;
    this.#scheduleFlush();
    return true;
  }

  /** Resolves when at most half of the queue is in use: for producers that can wait, such as a replay. */
  async drained(): Promise<void> {
    while (this.#state === 'open' && this.queuedBytes > this.#queueLimitBytes / 2) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /**
   * Delivers what waits, for at most `limitMs`, and closes the descriptor if it is ours.
   * Returns how many bytes never reached the reader, dropped ones included.
   */
  async close(limitMs: number): Promise<number> {
    this.#flush();
    const deadline = performance.now() + limitMs;
    while (this.#state === 'open' && this.queuedBytes > 0 && performance.now() < deadline) {
      await this.#progress(deadline - performance.now());
    }
    clearTimeout(this.#retryTimer);
    const left = this.#state === 'closed' ? 0 : this.queuedBytes;
    this.#state = 'closed';
    this.#discardQueue();
    if (this.#descriptor.own && !this.#inThread) fs.closeSync(this.#descriptor.fd);
    this.#droppedBytes += left;
    this.#wake();
    return this.#droppedBytes;
  }

  #hasRoom(length: number): boolean {
    const queued = this.queuedBytes;
    if (this.#dropping && queued <= this.#queueLimitBytes / 2) this.#dropping = false;
    // A record longer than the whole queue still has its chance when nothing else waits.
    if (!this.#dropping && queued > 0 && queued + length > this.#queueLimitBytes) this.#dropping = true;
    return !this.#dropping;
  }

  /** At the end of this turn of the event loop: one drain of the ring becomes one write. */
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    // While the reader is slow, small records go on gathering, and only the timer (or the thread) tries again.
    const waiting = this.#retryTimer !== undefined || this.#inThread;
    if (!waiting || this.#batch.length >= batchLength) this.#queueBatch();
    if (!waiting && this.#state === 'open') this.#writeQueue();
  }

  #queueBatch(): void {
    if (this.#batch === '') return;
    const bytes = Buffer.from(this.#batch, 'latin1');
    this.#batch = '';
    this.#queue.push(bytes);
    this.#queueBytes += bytes.length;
  }

  #writeQueue(): void {
    if (this.#descriptor.mode === 'thread') this.#writeInThread();
    else this.#writeNow();
  }

  #writeNow(): void {
    let head = this.#queue[0];
    while (head !== undefined) {
      try {
        this.#advance(fs.writeSync(this.#descriptor.fd, head, this.#headOffset));
      } catch (error) {
        this.#handleError(toErrnoError(error));
        return;
      }
      head = this.#queue[0];
    }
  }

  #writeInThread(): void {
    const head = this.#queue[0];
    if (this.#inThread || head === undefined) return;
    this.#inThread = true;
    fs.write(this.#descriptor.fd, head, this.#headOffset, (error, written) => {
      this.#inThread = false;
      if (this.#state !== 'open') return;
      if (error !== null) {
        this.#handleError(error);
        return;
      }
      this.#advance(written);
      this.#flush();
    });
  }

  #advance(written: number): void {
    const head = this.#queue[0];
    if (head === undefined) return;
    this.#headOffset += written;
    if (this.#headOffset === head.length) {
      this.#queue.shift();
      this.#queueBytes -= head.length;
      this.#headOffset = 0;
    }
    if (written > 0) this.#retryMs = shortestRetryMs;
    this.#wake();
  }

  #handleError(error: NodeJS.ErrnoException): void {
    if (error.code === 'EAGAIN') {
      this.#retryLater();
      return;
    }
    if (error.code === 'EPIPE' || error.code === 'ECONNRESET') {
      this.#state = 'closed';
      this.#discardQueue();
      this.#onClosed();
    } else {
      this.#state = 'failed';
      this.#droppedBytes += this.queuedBytes;
      this.#discardQueue();
      this.#onError(error);
    }
    this.#wake();
  }

  #retryLater(): void {
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
      this.#flush();
    }, this.#retryMs);
  }

  async #progress(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(limitMs, 0x7fffffff));
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #discardQueue(): void {
    this.#queue.length = 0;
    this.#queueBytes = 0;
    this.#headOffset = 0;
    this.#batch = '';
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
