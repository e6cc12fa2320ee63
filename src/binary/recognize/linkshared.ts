import type { Elf } from '../elf.ts';

/**
 * A program built with `-linkshared` has some of its packages in a shared library of Go code, often Go's whole
 * standard library. Go's linker makes it refer to a symbol that is named after each such library
 * (cmd/link: `go.link.abihash.NAME`, since Go 1.20 `go:link.abihash.NAME`).
 */
export function linksharedEvidence(elf: Elf): string | undefined {
  if (elf.dynamic === null) return undefined;
  const { strings, neededLibraries } = elf.dynamic;
  const names = elf.read(strings.address, Math.min(strings.sizeBytes, maximumStringBytes));
  let position = names.indexOf(mark);
  for (let hits = 0; position >= 0 && hits < maximumHits; hits++) {
    const start = position + mark.length;
    const [name = ''] = names.toString('latin1', start, start + maximumNameBytes).split('\0', 1);
    if (neededLibraries.includes(name)) return `it links ${name}, a shared library of Go code`;
    position = names.indexOf(mark, start);
  }
  return undefined;
}

const mark = 'link.abihash.';
const maximumStringBytes = 64 * 1024 * 1024;
const maximumNameBytes = 256;
/** One for each library; hostile files could have millions. */
const maximumHits = 256;
