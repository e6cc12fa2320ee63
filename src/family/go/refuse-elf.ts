import type { ElfProblem } from '../../binary/elf.ts';
import type { Refusal } from '../../plan/probe-plan.ts';

/** A file that is no ELF program this tool can read. */
export function refuseElf(problem: ElfProblem): Refusal {
  const { code, detail } = problem;
  const { message, remedy } = wordings[code];
  return { code, message: message.replace('MACHINE', detail), reason: detail, remedy };
}

const supported = 'programs for x86-64 and arm64, 64-bit and little-endian, can be captured';

const wordings: Readonly<Record<ElfProblem['code'], Pick<Refusal, 'message' | 'remedy'>>> = {
  'not-elf': {
    message: 'it is not an ELF file',
    remedy: 'give the program itself, not a script that starts it',
  },
  '32-bit': { message: 'it is a 32-bit program', remedy: supported },
  'big-endian': { message: 'it is a big-endian program', remedy: supported },
  'other-machine': { message: 'it is a program for MACHINE', remedy: supported },
  'not-executable': {
    message: 'it is neither a program nor a shared library',
    remedy: 'give the linked program',
  },
  truncated: { message: 'the file is truncated', remedy: 'give a complete copy of the program' },
  malformed: { message: 'its ELF headers are malformed', remedy: 'give an intact copy of the program' },
};
