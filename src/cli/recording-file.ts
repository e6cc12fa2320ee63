import { closeSync, writeSync } from 'node:fs';
import { RecordingWriter } from '../event/recording-writer.ts';
import type { RecordingHeader } from '../event/recording-format.ts';
import { isSystemError } from '../util/is-system-error.ts';
import { findInvokingUser, openOutputFile } from '../sink/output-file.ts';

const batchBytes = 256 * 1024;

/** A recording on disk: frames are gathered and written in batches; a failure is reported once and ends the recording. */
export class RecordingFile {
  readonly #fd: number;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #failed = false;

  constructor(path: string, onError: (error: NodeJS.ErrnoException) => void) {
    this.#fd = openOutputFile(path, findInvokingUser(process.geteuid?.() ?? 0, process.env)).fd;
    this.#onError = onError;
  }

  start(header: RecordingHeader): RecordingWriter {
    return new RecordingWriter(header, (bytes) => this.#write(bytes));
  }

  flush(): void {
    if (this.#failed || this.#pendingBytes === 0) return;
    let rest = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch (error) {
      this.#failed = true;
      if (!isSystemError(error)) throw error;
      this.#onError(error);
    }
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }

  #write(bytes: Buffer): void {
    if (this.#failed) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= batchBytes) this.flush();
  }
}
