import type { Elf } from '../elf.ts';
import { searchSegments } from '../elf/search.ts';

/** gccgo's runtime is libgo, a shared library by default; its object files bring a section that stays when stripped. */
export function gccgoEvidence(elf: Elf): string | undefined {
  const library = elf.dynamic?.neededLibraries.find((name) => /^libgo\.so(\.|$)/.test(name));
  if (library !== undefined) return `it needs ${library}, the run-time library of gccgo`;
  if (elf.section('.go_export') !== undefined) return 'it has a section .go_export, which gccgo writes';
  const [hit] = searchSegments(elf, Buffer.from(message), (segment) => !segment.executable);
  return hit === undefined ? undefined : `it holds the text "${message}" of gccgo's run-time library`;
}

/** libgo/runtime/runtime.h, runtime_assert. */
const message = 'libgo assertion failure';
