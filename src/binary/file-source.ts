import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isSystemError } from '../util/is-system-error.ts';
import type { ByteSource } from './byte-source.ts';

/** A file read piece by piece; a few small blocks are kept in memory. It is left by `using` or `close()`. */
export interface FileSource extends ByteSource, Disposable {
  /** Nothing can be read afterwards. */
  close(): void;
}

export type FileSourceResult =
  | { readonly ok: true; readonly source: FileSource }
  /** `code` is the system's (`ENOENT`, `EACCES`, …) or `not-regular-file`. */
  | { readonly ok: false; readonly problem: { readonly code: string; readonly detail: string } };

/**
 * Opens a path, or reads through an open descriptor, which stays open when the source is closed.
 * A later `read` throws the system's error if the disk fails.
 */
export function openFileSource(file: string | number): FileSourceResult {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
    descriptor = typeof file === 'number' ? file : openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isFile()) {
      const source = new OpenFile(descriptor, typeof file === 'string', status.size);
      descriptor = undefined;
      return { ok: true, source };
    }
    const kind = status.isDirectory() ? 'a directory' : 'not a regular file';
    return { ok: false, problem: { code: 'not-regular-file', detail: `it is ${kind}` } };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { ok: false, problem: { code: error.code, detail: error.message } };
  } finally {
    if (descriptor !== undefined && typeof file === 'string') closeSync(descriptor);
  }
}

const blockBytes = 64 * 1024;
const keptBlocks = 64;

class OpenFile implements FileSource {
  readonly sizeBytes: number;
  readonly #owned: boolean;
  /** In order of last use: the first one goes when there are too many. */
  readonly #blocks = new Map<number, Buffer>();
  #descriptor: number | undefined;
  #lastIndex = -1;
  #lastBlock: Buffer = Buffer.alloc(0);

  constructor(descriptor: number, owned: boolean, sizeBytes: number) {
    this.#descriptor = descriptor;
    this.#owned = owned;
    this.sizeBytes = sizeBytes;
  }

  read(offset: number, length: number): Buffer {
    const start = Math.max(offset, 0);
    const end = Math.min(offset + length, this.sizeBytes);
    if (!(start < end)) return Buffer.alloc(0);
    const first = Math.floor(start / blockBytes);
    const position = start - first * blockBytes;
    if (position + (end - start) <= blockBytes) {
      return this.#block(first).subarray(position, position + (end - start));
    }
    // What spans blocks is wanted once: keeping it would only push out what is wanted again.
    return this.#readFile(start, end - start);
  }

  readInto(offset: number, target: Buffer): number {
    if (this.#descriptor === undefined) throw new Error('read from a closed file source');
    let filled = 0;
    while (filled < target.length) {
      const count = readSync(this.#descriptor, target, filled, target.length - filled, offset + filled);
      // The end, or the file was cut after it was opened.
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  close(): void {
    if (this.#owned && this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#blocks.clear();
    this.#lastIndex = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #block(index: number): Buffer {
    if (index === this.#lastIndex) return this.#lastBlock;
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#readFile(index * blockBytes, blockBytes);
      const [oldest] = this.#blocks.keys();
      if (this.#blocks.size >= keptBlocks && oldest !== undefined) this.#blocks.delete(oldest);
    } else {
      this.#blocks.delete(index);
    }
    this.#blocks.set(index, block);
    this.#lastIndex = index;
    this.#lastBlock = block;
    return block;
  }

  #readFile(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(Math.min(length, this.sizeBytes - offset));
    return buffer.subarray(0, this.readInto(offset, buffer));
  }
}
