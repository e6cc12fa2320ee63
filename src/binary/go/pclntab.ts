import { searchSegments } from '../elf/search.ts';
import type { Elf } from '../elf.ts';
import { findBytes } from '../find-bytes.ts';
import { findModuledata } from './moduledata.ts';
import { parsePclntab, type Pclntab } from './parse-pclntab.ts';

/**
 * Go's function table, by its section or, where there is none of that name (external linking, no section headers),
 * by a search of the loadable segments. Undefined when there is none.
 */
export function findPclntab(elf: Elf): Pclntab | undefined {
  return findBySection(elf) ?? findBySearch(elf);
}

const sectionNames = ['.gopclntab', '.data.rel.ro.gopclntab'];

function findBySection(elf: Elf): Pclntab | undefined {
  for (const name of sectionNames) {
    const section = elf.section(name);
    if (section === undefined) continue;
    const table = parsePclntab(elf, section.offset, section.offset + section.sizeBytes, `section ${name}`);
    if (table !== undefined) return table;
  }
  return undefined;
}

/** Each hit costs a few reads, each table a search for what points to it; real files have one, or one more embedded. */
const maximumHits = 4096;
const maximumTables = 4;

function findBySearch(elf: Elf): Pclntab | undefined {
  // All magics end in ff ff ff; then come two zeros, the instruction unit and the pointer size.
  const pattern = Buffer.from([0xff, 0xff, 0xff, 0, 0, elf.architecture === 'arm64' ? 4 : 1, 8]);
  // Up to Go 1.25, external linking of a position-independent program puts the table into `.data.rel.ro`.
  const likely = elf.section('.data.rel.ro');
  if (likely !== undefined) {
    const end = likely.offset + Math.min(likely.sizeBytes, elf.source.sizeBytes);
    const [table] = tablesAt(elf, findBytes(elf.source, pattern, likely.offset, end));
    if (table !== undefined) return table;
  }
  return ownTable(
    elf,
    tablesAt(
      elf,
      searchSegments(elf, pattern, (segment) => !segment.executable),
    ),
  );
}

/** A program may hold another Go program as data: its own table is the one that its module data points to. */
function ownTable(elf: Elf, tables: Iterable<Pclntab>): Pclntab | undefined {
  let first: Pclntab | undefined;
  let count = 0;
  for (const table of tables) {
    if (findModuledata(elf, table) !== undefined) return table;
    first ??= table;
    if (++count === maximumTables) break;
  }
  return first;
}

function* tablesAt(elf: Elf, hits: Iterable<number>): Generator<Pclntab, void, undefined> {
  let count = 0;
  for (const hit of hits) {
    if (++count > maximumHits) return;
    const offset = hit - 1;
    const segment = elf.segmentAtOffset(offset);
    if (segment === undefined) continue;
    const end = segment.offset + segment.fileSizeBytes;
    const table = parsePclntab(elf, offset, end, 'search of the segments');
    if (table !== undefined) yield table;
  }
}
