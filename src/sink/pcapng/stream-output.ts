import type { OutputDescriptor } from '../output-descriptor.ts';
import { OutputWriter } from '../output-writer.ts';
import type { BlockOutput } from './block-output.ts';

export interface StreamOutputOptions {
  readonly descriptor: OutputDescriptor;
  /** Beyond it packets are dropped, until half of it is free again. Default 64 MiB. */
  readonly queueLimitBytes?: number;
  readonly onClosed: () => void;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/** A pipe, a terminal or a socket. Whoever writes asks for room before each packet; other blocks go through always. */
export class StreamOutput implements BlockOutput {
  readonly canOverwrite = false;
  readonly #writer: OutputWriter;
  readonly #queueLimitBytes: number;
  #dropping = false;
  #failed = false;

  constructor(options: StreamOutputOptions) {
    this.#queueLimitBytes = options.queueLimitBytes ?? 64 * 1024 * 1024;
    this.#writer = new OutputWriter({
      descriptor: options.descriptor,
      // Twice: only an endless flood of secrets to a reader that stands still ever gets there.
      queueLimitBytes: 2 * this.#queueLimitBytes,
      onClosed: options.onClosed,
      onError: (error) => {
        this.#failed = true;
        options.onError(error);
      },
    });
  }

  /** A write waits inside the kernel: the process must be left by `_exit`. */
  get stuck(): boolean {
    return this.#writer.stuck;
  }

  hasRoom(lengthBytes: number): boolean {
    const queued = this.#writer.queuedBytes + lengthBytes;
    if (this.#dropping && queued <= this.#queueLimitBytes / 2) this.#dropping = false;
    if (!this.#dropping && queued > this.#queueLimitBytes) this.#dropping = true;
    return !this.#dropping && !this.#failed;
  }

  write(blocks: Buffer): void {
    this.#writer.writeBytes(Buffer.from(blocks));
  }

  overwrite(): void {
    throw new Error('what went to a reader cannot be changed');
  }

  drained(): Promise<void> {
    return this.#writer.drained();
  }

  close(limitMs: number): Promise<number> {
    return this.#writer.close(limitMs);
  }
}
