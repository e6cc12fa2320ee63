/** One section header. */
export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Index of an associated section, e.g. a symbol table's string table. */
  readonly link: number;
}
