import { createRequire } from 'node:module';

/** One character per byte, as hpack.js has it. */
export interface OracleField {
  readonly name: string;
  readonly value: string;
  readonly huffman?: boolean;
  readonly incremental?: boolean;
  readonly neverIndex?: boolean;
}

interface Compressor {
  write(fields: readonly OracleField[]): boolean;
  updateTableSize(sizeBytes: number): void;
  reset(): void;
  read(): Buffer | null;
}

interface Decompressor {
  write(block: Buffer): boolean;
  execute(): void;
  read(): OracleField | null;
}

interface Hpack {
  readonly compressor: { create(options: object): Compressor };
  readonly decompressor: { create(options: object): Decompressor };
}

// hpack.js has no types, and Node's own HTTP/2 does not show its HPACK.
const load: (name: string) => unknown = createRequire(import.meta.url);
const hpack = load('hpack.js') as Hpack;

/** An encoder and a decoder that are not ours. */
export class OracleEncoder {
  readonly #compressor: Compressor;

  constructor(options: { readonly tableBytes: number }) {
    this.#compressor = hpack.compressor.create({ table: { maxSize: options.tableBytes } });
  }

  encode(fields: readonly OracleField[]): Buffer {
    this.#compressor.write(fields);
    return this.#drain();
  }

  /** The update instructions, to be put in front of the next block. */
  resize(sizeBytes: number): Buffer {
    this.#compressor.updateTableSize(sizeBytes);
    return this.#drain();
  }

  /** Empties the table by two updates. */
  reset(): Buffer {
    this.#compressor.reset();
    return this.#drain();
  }

  #drain(): Buffer {
    const parts: Buffer[] = [];
    for (let part = this.#compressor.read(); part !== null; part = this.#compressor.read()) parts.push(part);
    return Buffer.concat(parts);
  }
}

export class OracleDecoder {
  readonly #decompressor: Decompressor;

  constructor(options: { readonly tableBytes: number }) {
    this.#decompressor = hpack.decompressor.create({ table: { maxSize: options.tableBytes } });
  }

  decode(block: Buffer): (readonly [string, string])[] {
    this.#decompressor.write(block);
    this.#decompressor.execute();
    const fields: (readonly [string, string])[] = [];
    for (let field = this.#decompressor.read(); field !== null; field = this.#decompressor.read()) {
      fields.push([field.name, field.value]);
    }
    return fields;
  }
}
