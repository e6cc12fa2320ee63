/** One program header. */
export interface ElfSegment {
  /** PT_LOAD is 1, PT_DYNAMIC 2, PT_INTERP 3, PT_NOTE 4. */
  readonly type: number;
  readonly executable: boolean;
  readonly writable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly fileSizeBytes: number;
  readonly memorySizeBytes: number;
}
