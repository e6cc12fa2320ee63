import type { Elf } from '../elf.ts';

/** A program built with `-linkshared` has Go's standard library, or a library with it, as a shared library. */
export function linksharedEvidence(elf: Elf): string | undefined {
  const libraries = elf.dynamic?.neededLibraries ?? [];
  if (libraries.includes(standardLibrary)) {
    return `it needs ${standardLibrary}, Go's standard library as a shared library`;
  }
  return libraries.length > 0 && importsRuntime(elf)
    ? `its dynamic symbols ask for ${runtimeSymbol}: a shared library has its Go runtime`
    : undefined;
}

/** `go install -buildmode=shared std` names it so. */
const standardLibrary = 'libstd.so';
/** Every Go function that uses stack refers to one of its forms. */
const runtimeSymbol = 'runtime.morestack_noctxt';
const symbolBytes = 24;
const maximumTableBytes = 64 * 1024 * 1024;

/** Whether the runtime's function is an undefined dynamic symbol. Without section headers: the strings follow. */
function importsRuntime(elf: Elf): boolean {
  if (elf.dynamic === null) return false;
  const { strings, symbolsAddress } = elf.dynamic;
  if (strings.address <= symbolsAddress) return false;
  const stringBytes = elf.read(strings.address, Math.min(strings.sizeBytes, maximumTableBytes));
  const nameOffset = stringBytes.indexOf(`\0${runtimeSymbol}`) + 1;
  if (nameOffset === 0) return false;
  const symbols = elf.read(symbolsAddress, Math.min(strings.address - symbolsAddress, maximumTableBytes));
  for (let position = 0; position + symbolBytes <= symbols.length; position += symbolBytes) {
    if (symbols.readUInt32LE(position) === nameOffset) return symbols.readUInt16LE(position + 6) === 0;
  }
  return false;
}
