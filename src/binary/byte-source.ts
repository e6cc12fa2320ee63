/** Random access to the bytes of a file, so that a 100 MB program is not read whole. */
export interface ByteSource {
  /** Size of the whole file in bytes. */
  readonly sizeBytes: number;
  /**
   * The bytes `[offset, offset + length)`, cut at the end of the file (a range outside it gives an empty buffer).
   * The buffer may be shared with other readers: it must not be changed.
   */
  read(offset: number, length: number): Buffer;
  /**
   * Fills `target` from `offset` on and gives the number of bytes read, less than asked for at the end of the file.
   * For large regions that are looked at once: new memory for each piece costs more than reading it. Absent where
   * the bytes are in memory anyway.
   */
  readInto?(offset: number, target: Buffer): number;
}
