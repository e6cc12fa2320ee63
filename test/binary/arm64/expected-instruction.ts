import type { Flow, Instruction } from '../../../src/binary/code/instruction.ts';
import type { DisassembledLine } from './objdump-oracle.ts';

/** @throws when `decoded` is not the instruction that a disassembler printed; `start` is the address of offset 0 */
export function expectInstruction(
  decoded: Instruction | undefined,
  line: DisassembledLine,
  start: number,
): void {
  const problem = differ(decoded, line, start);
  if (problem !== '')
    throw new Error(`0x${line.address.toString(16)}: ${line.mnemonic} ${line.operands}: ${problem}`);
}

function differ(decoded: Instruction | undefined, line: DisassembledLine, start: number): string {
  if (line.mnemonic === '<unknown>' || line.mnemonic.startsWith('.')) return '';
  if (decoded === undefined) return 'not decoded';
  const flow = flowOf(line.mnemonic);
  if (decoded.flow !== flow) return `${decoded.flow}, not ${flow}`;
  const target = /(?:^|, )0x([0-9a-f]+)$/.exec(line.operands)?.[1];
  if (['jump', 'branch', 'call'].includes(flow)) {
    const expected = Number.parseInt(target ?? '', 16) - start;
    if (decoded.target !== expected) return `to ${decoded.target}, not ${expected}`;
  }
  return differMemory(decoded, line) || differStack(decoded, line);
}

function flowOf(mnemonic: string): Flow {
  if (/^(?:b\.\w+|cbn?z|tbn?z)$/.test(mnemonic)) return 'branch';
  const flows: Readonly<Record<string, Flow>> = {
    b: 'jump',
    bl: 'call',
    br: 'indirect-jump',
    blr: 'indirect-call',
    ret: 'return',
    brk: 'trap',
    hlt: 'trap',
    udf: 'trap',
  };
  return flows[mnemonic] ?? 'next';
}

/** `ldr x0, [sp, #8]`, `[sp, #-16]!`, `[sp], #16`: the forms with an immediate. */
const simpleAddress = /\[(sp|x\d+)(?:, #(-?(?:0x)?[0-9a-f]+))?\](!)?(?:, #(-?(?:0x)?[0-9a-f]+))?$/;
const simpleMnemonic = /^(?:ldu?rs?[bhw]?|stu?r[bhw]?|ldn?p|stn?p|ldpsw)$/;

function differMemory(decoded: Instruction, line: DisassembledLine): string {
  const memory = decoded.memory;
  const address = simpleAddress.exec(line.operands);
  if (address === null || !simpleMnemonic.test(line.mnemonic)) {
    const named =
      /(?:^|, )\[/.test(line.operands) || (line.mnemonic.startsWith('ldr') && memory !== undefined);
    return named === (memory !== undefined) ? '' : `memory ${memory !== undefined}`;
  }
  if (memory === undefined) return 'no memory';
  const base = address[1] === 'sp' ? 31 : Number(address[1]?.slice(1));
  const displacement = immediate(address[2]);
  const access = line.mnemonic.startsWith('ld') ? 'load' : 'store';
  const sizeBytes = sizeOf(line);
  const actual = [memory.base, memory.displacement, memory.access, memory.sizeBytes].join(' ');
  const expected = [base, displacement, access, sizeBytes].join(' ');
  return actual === expected ? '' : `${actual}, not ${expected}`;
}

function sizeOf({ mnemonic, operands }: DisassembledLine): number {
  if (mnemonic.endsWith('b')) return 1;
  if (mnemonic.endsWith('h')) return 2;
  if (mnemonic === 'ldpsw') return 8;
  if (mnemonic.endsWith('w')) return 4;
  const sizes: Readonly<Record<string, number>> = { x: 8, w: 4, b: 1, h: 2, s: 4, d: 8, q: 16 };
  return (sizes[operands[0] ?? ''] ?? 0) * (mnemonic.endsWith('p') ? 2 : 1);
}

function differStack(decoded: Instruction, line: DisassembledLine): string {
  const expected = expectedDelta(line);
  return decoded.stackDeltaBytes === expected ? '' : `adds ${decoded.stackDeltaBytes} to SP, not ${expected}`;
}

function expectedDelta({ mnemonic, operands }: DisassembledLine): number | undefined {
  const address = simpleAddress.exec(operands);
  if (address?.[1] === 'sp' && simpleMnemonic.test(mnemonic)) {
    return immediate(address[3] === '!' ? address[2] : address[4]);
  }
  const unchanged = mnemonic === 'cmp' || mnemonic === 'cmn' || operands === 'sp, sp';
  if (!operands.startsWith('sp,') || unchanged) return 0;
  const adjustment = /^sp, sp, #(\d+|0x[0-9a-f]+)(?:, lsl #(\d+))?$/.exec(operands);
  if (adjustment === null) return undefined;
  const bytes = Number(adjustment[1]) * 2 ** Number(adjustment[2] ?? 0);
  return mnemonic === 'sub' ? -bytes : bytes;
}

/** `16`, `-16` and, of newer disassemblers, `-0x10`. */
function immediate(text = '0'): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
}
