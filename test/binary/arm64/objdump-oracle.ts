import { findCommand } from '../../support/find-command.ts';
import { provided, unavailable, type Provided } from '../../support/provided.ts';
import { runCommand } from '../../support/run-command.ts';

/** One line of a disassembly. */
export interface DisassembledLine {
  readonly address: number;
  readonly mnemonic: string;
  readonly operands: string;
}

/** Disassembles `[start, end)` of an arm64 program with LLVM's or GNU's objdump, whichever is here and knows arm64. */
export async function disassembleArm64(
  path: string,
  start: number,
  end: number,
): Promise<Provided<readonly DisassembledLine[]>> {
  const names = ['llvm-objdump', 'llvm-objdump-14', 'llvm-objdump-19', 'aarch64-linux-gnu-objdump'];
  const commands = names.map((name) => findCommand(name)).filter((command) => command !== undefined);
  for (const command of commands) {
    const range = [`--start-address=0x${start.toString(16)}`, `--stop-address=0x${end.toString(16)}`];
    const result = await runCommand(command, ['-d', '--no-show-raw-insn', ...range, path], {
      timeoutMs: 60_000,
    });
    const lines = parseLines(result.stdout);
    if (result.code === 0 && lines.length > 0) return provided(lines);
  }
  return unavailable(`no objdump for arm64 is here (looked for ${names.join(', ')})`);
}

function parseLines(text: string): readonly DisassembledLine[] {
  const lines: DisassembledLine[] = [];
  for (const match of text.matchAll(/^\s*([0-9a-f]+):\s+(\S+)[ \t]*(.*)$/gm)) {
    const [, address = '', mnemonic = '', operands = ''] = match;
    lines.push({
      address: Number.parseInt(address, 16),
      mnemonic,
      operands: operands.replace(/\s*(?:<.*>|\/\/.*)$/, ''),
    });
  }
  return lines;
}
