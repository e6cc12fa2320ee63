import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import type { Assembler, Label } from './assembler.ts';
import { classicOperation, operationOf, sourceIsX } from './classic-opcode.ts';
import { register } from './opcode.ts';

/** Emits a jump; `target` tells where so many skipped instructions lead to. */
export function emitBranch(
  assembler: Assembler,
  instruction: ClassicInstruction,
  target: (skipped: number) => Label,
): void {
  const { code, k, jumpTrue, jumpFalse } = instruction;
  const operation = operationOf(code);
  if (operation === classicOperation.jumpAlways) return assembler.jump(target(k));
  if (jumpTrue === jumpFalse) return assembler.jump(target(jumpTrue));
  const withX = code & sourceIsX;
  const jumpIf = (wanted: number, skipped: number): void => {
    const source = withX === 0 ? 0 : register.x;
    const immediate = withX === 0 ? k : 0;
    assembler.jumpIf(jump32 | withX | wanted, register.accumulator, source, immediate, target(skipped));
  };
  const opposite = opposites.get(operation);
  if (jumpTrue === 0 && opposite !== undefined) return jumpIf(opposite, jumpFalse);
  jumpIf(operation, jumpTrue);
  if (jumpFalse !== 0) assembler.jump(target(jumpFalse));
}

/** BPF_JMP32: compares the lower halves, unsigned. */
const jump32 = 0x06;

/** Of equal, greater, greater or equal: not equal, at most, less. There is none for "any bit of". */
const opposites: ReadonlyMap<number, number> = new Map([
  [classicOperation.jumpEqual, 0x50],
  [classicOperation.jumpGreater, 0xb0],
  [classicOperation.jumpGreaterOrEqual, 0xa0],
]);
