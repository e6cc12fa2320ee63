import type { ByteSource } from '../byte-source.ts';
import { ChunkReader, chunkBytes } from '../chunk-reader.ts';
import { createFindAny } from '../find-any.ts';
import type { GoFunctionNames } from './function-names.ts';
import type { Pclntab } from './parse-pclntab.ts';

/** Where the wanted names are: what a function's record must refer to. */
export interface GoNameHits {
  readonly count: number;
  /** 65,536 bytes: 0 at the low 16 bits of a name offset means that no wanted name begins there. */
  readonly filter: Uint8Array;
  /** The name that begins at this offset, if it is a wanted one. */
  nameAt(nameOffset: number): string | undefined;
}

/** Searches the bytes of all names, those of two characters or more; at most 65,536 hits are taken. */
export function findGoNames(source: ByteSource, table: Pclntab, wanted: GoFunctionNames): GoNameHits {
  const exact = new Set(wanted.exact);
  const suffixes = wanted.suffixes ?? [];
  const texts = [...exact, ...suffixes].filter((text) => text.length >= 2);
  const spans = findSpans(
    source,
    table,
    texts.map((text) => Buffer.from(`${text}\0`)),
  );
  return {
    count: spans.length,
    filter: createFilter(spans),
    nameAt(nameOffset) {
      const span = spanAt(spans, nameOffset);
      if (span === undefined) return undefined;
      const name = source.read(table.namesOffset + nameOffset, span.end - nameOffset).toString();
      return exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix)) ? name : undefined;
    },
  };
}

const maximumHits = 65_536;
const maximumNameBytes = 4096;

/** A name that ends like a wanted one, up to its NUL; offsets count from the first of all names. */
interface Span {
  readonly first: number;
  readonly end: number;
}

function findSpans(source: ByteSource, table: Pclntab, needles: readonly Buffer[]): readonly Span[] {
  const reader = new ChunkReader(source);
  const findAny = createFindAny(needles);
  const firsts = new Map<number, number>();
  const overlapBytes = Math.max(0, ...needles.map((needle) => needle.length - 1));
  for (let offset = table.namesOffset; offset < table.namesEndOffset; offset += chunkBytes) {
    const chunk = reader.read(offset, Math.min(chunkBytes + overlapBytes, table.namesEndOffset - offset));
    findAny(chunk, (position) => {
      const end = offset + position - 1;
      if (firsts.size >= maximumHits) return;
      firsts.set(end - table.namesOffset, startOfName(source, table, end) - table.namesOffset);
    });
  }
  return [...firsts].map(([end, first]) => ({ first, end })).sort((a, b) => a.first - b.first);
}

/** Names follow each other, so the byte before a name is the NUL of another (layout 1.2: or of other data). */
function startOfName(source: ByteSource, table: Pclntab, end: number): number {
  const start = Math.max(table.namesOffset, end - maximumNameBytes);
  return start + source.read(start, end - start).lastIndexOf(0) + 1;
}

function createFilter(spans: readonly Span[]): Uint8Array {
  const filter = new Uint8Array(0x1_0000);
  for (const { first, end } of spans) {
    for (let nameOffset = first; nameOffset < end; nameOffset++) filter[nameOffset & 0xffff] = 1;
  }
  return filter;
}

function spanAt(spans: readonly Span[], nameOffset: number): Span | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.first ?? 0) <= nameOffset) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span !== undefined && nameOffset < span.end ? span : undefined;
}
