/** Where blocks go: a file, or something that has a reader. It never waits for one. */
export interface BlockOutput {
  /** What was written can be changed: late secrets have a place in it. */
  readonly canOverwrite: boolean;
  /** Whether packets of this length may be added to what waits; always, where nothing waits. */
  hasRoom(lengthBytes: number): boolean;
  /** Whole blocks, valid only during the call. */
  write(blocks: Buffer): void;
  /** Replaces whole blocks by as many bytes; only where {@link canOverwrite}. */
  overwrite(position: number, blocks: Buffer): void;
  /** Delivers what waits, for at most `limitMs`, and closes it. Returns the bytes that were never delivered. */
  close(limitMs: number): Promise<number>;
}
