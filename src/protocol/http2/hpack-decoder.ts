import { isUtf8 } from 'node:buffer';
import type { Header, HeaderValue } from '../exchange.ts';
import { HpackDynamicTable, type HpackEntry } from './hpack-dynamic-table.ts';
import { hpackStaticTable } from './hpack-static-table.ts';
import { decodeHuffman } from './huffman-decode.ts';

export interface HeaderBlock {
  readonly headers: readonly Header[];
  /** Some names or values are null: inserted before the decoder saw the connection, or lost. */
  readonly incomplete: boolean;
  /** Why `headers` ends early, or null. */
  readonly problem: string | null;
}

/**
 * HPACK (RFC 7541) of one direction, as seen by a bystander who may have come late.
 *
 * A dynamic index counts from the newest entry, so as long as every insertion since some moment was seen, an index
 * finds the right entry or points beyond what is here: then it is null, never wrong. For the same reason evicting later
 * than the peer is harmless (it never refers to what it evicted) and evicting earlier only makes values unknown;
 * the peer's SETTINGS_HEADER_TABLE_SIZE need not be known, and table size updates above it are accepted.
 * A missed insertion, however, shifts every index: whoever may have missed one calls `forget()`.
 */
export class HpackDecoder {
  readonly #table: HpackDynamicTable;
  #block: Buffer = empty;
  #at = 0;
  #problem: string | null = null;
  #incomplete = false;
  /** The string that was read last, after Huffman decoding. */
  #string: Buffer = empty;
  #stringStart = 0;
  #stringEnd = 0;

  constructor(options: { readonly joinedLate: boolean }) {
    this.#table = new HpackDynamicTable(options.joinedLate ? lateTableBytes : initialTableBytes);
  }

  /** Never throws. After a malformed block the rest of its insertions are unknown, so the table is dropped. */
  decode(block: Uint8Array): HeaderBlock {
    this.#block = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    this.#at = 0;
    this.#problem = null;
    this.#incomplete = false;
    const headers: Header[] = [];
    let listBytes = 0;
    let tooLong = false;
    while (this.#at < block.length) {
      const entry = this.#readField();
      if (this.#problem !== null) {
        this.forget();
        break;
      }
      if (entry === null) continue;
      listBytes += entry.nameBytes + entry.valueBytes + 32;
      tooLong ||= listBytes > maxListBytes;
      if (!tooLong) headers.push(entry.header);
    }
    const problem = this.#problem ?? (tooLong ? 'header list too long' : null);
    return { headers, incomplete: this.#incomplete, problem };
  }

  /** A header block may have been missed: nothing inserted before is trusted any more. */
  forget(): void {
    this.#table.clear();
    this.#table.resize(Math.max(this.#table.capacityBytes, lateTableBytes));
  }

  /**
   * | first byte | field (§6)                          | index bits |
   * |------------|-------------------------------------|------------|
   * | 1xxxxxxx   | indexed                             | 7          |
   * | 01xxxxxx   | literal, inserted into the table    | 6          |
   * | 001xxxxx   | table size update (returns null)    | 5          |
   * | 0000xxxx   | literal, not inserted               | 4          |
   * | 0001xxxx   | literal, never to be inserted       | 4          |
   */
  #readField(): HpackEntry | null {
    const first = this.#block[this.#at]!;
    if (first >= 0x80) return this.#find(this.#readInteger(0x7f));
    if (first >= 0x40) {
      const entry = this.#readLiteral(0x3f);
      if (this.#problem === null) this.#table.insert(entry);
      return entry;
    }
    if (first < 0x20) return this.#readLiteral(0x0f);
    const capacityBytes = this.#readInteger(0x1f);
    if (this.#problem === null) this.#table.resize(Math.min(capacityBytes, maxTableBytes));
    return null;
  }

  #readLiteral(indexMask: number): HpackEntry {
    const index = this.#readInteger(indexMask);
    let name: string | null;
    let nameBytes: number;
    if (index > 0) {
      const entry = this.#find(index);
      name = entry.header[0];
      nameBytes = entry.nameBytes;
    } else {
      this.#readString();
      // Names are ASCII; one character per byte keeps whatever else is sent apart.
      name = this.#string.toString('latin1', this.#stringStart, this.#stringEnd);
      nameBytes = this.#stringEnd - this.#stringStart;
    }
    this.#readString();
    return {
      header: [name, this.#stringValue()],
      nameBytes,
      valueBytes: this.#stringEnd - this.#stringStart,
    };
  }

  #find(index: number): HpackEntry {
    if (index === 0) this.#problem ??= 'header block malformed (index 0)';
    if (index <= staticEntries.length) return staticEntries[index - 1] ?? unknownEntry;
    const entry = this.#table.find(index - staticEntries.length - 1) ?? unknownEntry;
    if (entry.header[0] === null || entry.header[1] === null) this.#incomplete = true;
    return entry;
  }

  /** §5.1. Five more bytes hold 2^35, more than any length or size. */
  #readInteger(mask: number): number {
    let value = this.#block[this.#at++]! & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#block[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    this.#problem ??= 'header block malformed (integer)';
    return 0;
  }

  /** §5.2: leaves the decoded bytes in `#string`. */
  #readString(): void {
    this.#stringStart = this.#stringEnd = 0;
    if (this.#problem !== null) return;
    const huffman = (this.#block[this.#at] ?? 0) >= 0x80;
    const lengthBytes = this.#at < this.#block.length ? this.#readInteger(0x7f) : Infinity;
    const end = this.#at + lengthBytes;
    if (this.#problem !== null || end > this.#block.length) {
      this.#problem ??= 'header block malformed (string beyond its end)';
      return;
    }
    this.#string = this.#block;
    this.#stringStart = this.#at;
    this.#stringEnd = this.#at = end;
    if (huffman) this.#expandString(lengthBytes);
  }

  #expandString(lengthBytes: number): void {
    const target = lengthBytes > scratchBytes / 2 ? Buffer.allocUnsafe(lengthBytes * 2) : scratch;
    const decodedBytes = decodeHuffman(this.#block, this.#stringStart, this.#stringEnd, target);
    this.#string = target;
    this.#stringStart = 0;
    this.#stringEnd = Math.max(decodedBytes, 0);
    if (decodedBytes < 0) this.#problem = 'header block malformed (Huffman code)';
  }

  #stringValue(): HeaderValue {
    const bytes = this.#string;
    let all = 0;
    for (let at = this.#stringStart; at < this.#stringEnd; at++) all |= bytes[at]!;
    if (all < 0x80) return bytes.toString('latin1', this.#stringStart, this.#stringEnd);
    const value = bytes.subarray(this.#stringStart, this.#stringEnd);
    return isUtf8(value) ? value.toString('utf8') : { base64: value.toString('base64') };
  }
}

const empty = Buffer.alloc(0);
/** For strings while they are decoded; longer ones get memory of their own. */
const scratchBytes = 4096;
const scratch = Buffer.allocUnsafeSlow(scratchBytes);
/** What both sides begin with (RFC 9113 §6.5.2). */
const initialTableBytes = 4096;
/** Assumed where size updates may have been missed: as much as common browsers and proxies allow. */
const lateTableBytes = 65_536;
const maxTableBytes = 1 << 20;
/** One byte can refer to a large entry: a small block must not become an endless list. */
const maxListBytes = 4 << 20;

const staticEntries: readonly HpackEntry[] = hpackStaticTable.map((header) => ({
  header,
  nameBytes: header[0].length,
  valueBytes: header[1].length,
}));

const unknownEntry: HpackEntry = { header: [null, null], nameBytes: 0, valueBytes: 0 };
