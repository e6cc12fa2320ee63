import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import type { WriteText } from './sink.ts';

/**
 * Passes records on and remembers those that were dropped; what says so goes out before the next record, as soon as
 * there is room again.
 */
export class RecordOutput {
  readonly #write: WriteText;
  readonly #formatDropped: (bytes: number) => string;
  #droppedBytes = 0;

  /** @param formatDropped the record that says how many bytes of output are missing before it */
  constructor(write: WriteText, formatDropped: (bytes: number) => string) {
    this.#write = write;
    this.#formatDropped = formatDropped;
  }

  emit(record: Utf8String): void {
    if (this.#droppedBytes > 0) this.catchUp();
    if (this.#droppedBytes > 0 || !this.#write(record)) this.#droppedBytes += record.length;
  }

  /** Says what was dropped, if there is something to say and room to say it. */
  catchUp(): void {
    if (this.#droppedBytes > 0 && this.#write(toUtf8String(this.#formatDropped(this.#droppedBytes))))
      this.#droppedBytes = 0;
  }
}
