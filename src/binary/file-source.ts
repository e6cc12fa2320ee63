import type { ByteSource } from './byte-source.ts';

/** A file read piece by piece; a few small blocks are kept. Ends with `using` or `close()`. */
export interface FileSource extends ByteSource, Disposable {
  close(): void;
}

export type FileSourceResult =
  | { readonly ok: true; readonly source: FileSource }
  /** `code` is the system's (`ENOENT`, `EACCES`, …) or `not-regular-file`. */
  | { readonly ok: false; readonly problem: { readonly code: string; readonly detail: string } };

/** Opens a path, or reads through an open descriptor (which stays open when the source is closed). */
export function openFileSource(file: string | number): FileSourceResult {
  throw new Error(`not written yet: ${file}`);
}
