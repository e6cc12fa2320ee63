import type { Elf } from '../elf.ts';
import { findBytes } from '../find-bytes.ts';
import { searchSegments } from '../elf/search.ts';

/** TinyGo names itself in the debug information; in a stripped program only its runtime's messages are left. */
export function tinygoEvidence(elf: Elf): string | undefined {
  for (const name of ['.debug_str', '.strtab']) {
    const section = elf.section(name);
    if (section === undefined) continue;
    const end = section.offset + Math.min(section.sizeBytes, maximumSectionBytes);
    const [hit] = findBytes(elf.source, Buffer.from(marks[name] ?? ''), section.offset, end);
    if (hit !== undefined) return `its section ${name} holds "${marks[name]}"`;
  }
  const [hit] = searchSegments(elf, Buffer.from(message), (segment) => !segment.executable);
  return hit === undefined ? undefined : `it holds the text "${message}…" of TinyGo's runtime`;
}

const maximumSectionBytes = 256 * 1024 * 1024;
const marks: Readonly<Record<string, string>> = { '.debug_str': 'TinyGo\0', '.strtab': '\0tinygo_' };
/** src/runtime/panic.go; the Go toolchain's own runtime never gives an address there. */
const message = 'panic: runtime error at ';
