/** The writing end of an output, as the end of a run sees it. */
export interface OutputChannel {
  /** Bytes that will never reach the reader, as far as is known. */
  readonly droppedBytes: number;
  /** A write hangs in the kernel on a thread: after `close` the process must be left by `_exit`. */
  readonly stuck: boolean;
  /** Resolves when there is room again: for producers that can wait, such as a replay. */
  drained(): Promise<void>;
  /** Delivers what waits, for at most `limitMs`; gives how many bytes never reached the reader, dropped ones included. */
  close(limitMs: number): Promise<number>;
}
