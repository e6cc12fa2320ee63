import type { ClassicInstruction } from '../../bpf/classic-instruction.ts';
import type { Assembler, Label } from './assembler.ts';
import { classicOperation, operationOf, sourceIsX } from './classic-opcode.ts';
import { opcode, register } from './opcode.ts';

/** Emits arithmetic of 32 bits on the accumulator, with libpcap's answers where eBPF would give others. */
export function emitArithmetic(assembler: Assembler, instruction: ClassicInstruction, noMatch: Label): void {
  const { code, k } = instruction;
  const operation = operationOf(code);
  if (operation === classicOperation.negate) {
    assembler.emit(opcode.negate32, register.accumulator);
  } else if ((code & sourceIsX) === 0) {
    assembler.emit(arithmetic32 | operation, register.accumulator, 0, 0, k);
  } else {
    emitWithX(assembler, operation, noMatch);
  }
}

/** BPF_ALU; eBPF has the operations of classic BPF under the same numbers. */
const arithmetic32 = 0x04;

function emitWithX(assembler: Assembler, operation: number, noMatch: Label): void {
  const emit = (): void => {
    assembler.emit(arithmetic32 | sourceIsX | operation, register.accumulator, register.x);
  };
  switch (operation) {
    case classicOperation.divide:
    case classicOperation.modulo:
      // libpcap: the program returns 0. eBPF: the quotient is 0.
      assembler.jumpIf(opcode.jumpIfEqual32, register.x, 0, 0, noMatch);
      return emit();
    case classicOperation.shiftLeft:
    case classicOperation.shiftRight: {
      // libpcap: nothing is left. eBPF: as the machine does, or refused.
      const inRange = assembler.newLabel();
      const done = assembler.newLabel();
      assembler.jumpIf(opcode.jumpIfAtMost32, register.x, 0, 31, inRange);
      assembler.emit(opcode.moveImmediate32, register.accumulator);
      assembler.jump(done);
      assembler.place(inRange);
      emit();
      return assembler.place(done);
    }
    default:
      return emit();
  }
}
