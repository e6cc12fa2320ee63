import type { Listing } from '../../binary/code/listing.ts';
import type { Convention, HeadMatch } from './stack-check.ts';

interface Form {
  readonly name: string;
  /** Beginning of the instruction, hex; the rest is a displacement. */
  readonly start: string;
  readonly lengthBytes: number;
  /** What it says about where arguments are. */
  readonly convention?: Convention;
}

/**
 * All that may stand before the jump: it changes R12, RCX and RAX only. The goroutine is in R14 where arguments are
 * in registers, else in thread-local storage.
 */
const forms: readonly Form[] = [
  { name: 'cmp rsp, [r14+16]', start: '493b6610', lengthBytes: 4, convention: 'register' },
  { name: 'cmp r12, [r14+16]', start: '4d3b6610', lengthBytes: 4, convention: 'register' },
  { name: 'lea r12, [rsp-n]', start: '4c8d6424', lengthBytes: 5 },
  { name: 'lea r12, [rsp-n]', start: '4c8da424', lengthBytes: 8 },
  { name: 'cmp rsp, [rcx+16]', start: '483b6110', lengthBytes: 4, convention: 'stack' },
  { name: 'cmp rax, [rcx+16]', start: '483b4110', lengthBytes: 4, convention: 'stack' },
  { name: 'lea rax, [rsp-n]', start: '488d4424', lengthBytes: 5 },
  { name: 'lea rax, [rsp-n]', start: '488d8424', lengthBytes: 8 },
  { name: 'mov rcx, fs:[n]', start: '64488b0c25', lengthBytes: 9 },
  { name: 'mov rcx, fs:[rcx]', start: '64488b09', lengthBytes: 4 },
  { name: 'mov rcx, [rip+n]', start: '488b0d', lengthBytes: 7 },
  { name: 'mov rcx, [rcx]', start: '488b09', lengthBytes: 3 },
  { name: 'mov rcx, [rcx+n]', start: '488b49', lengthBytes: 4 },
  { name: 'mov rcx, [rcx+n]', start: '488b89', lengthBytes: 7 },
  { name: 'mov rcx, n', start: '48c7c1', lengthBytes: 7 },
];

const longestHead = 5;

/** Matches the instructions from a function's start to the `jbe` of its stack check. */
export function matchX8664Head(bytes: Buffer, listing: Listing): HeadMatch {
  const names: string[] = [];
  let convention: Convention | undefined;
  for (const instruction of listing.instructions.slice(0, longestHead + 1)) {
    const hex = bytes.toString('hex', instruction.offset, instruction.offset + instruction.lengthBytes);
    if (instruction.flow === 'branch' && (hex.startsWith('76') || hex.startsWith('0f86'))) {
      if (convention === undefined)
        return { jump: undefined, reason: 'nothing is compared before the first jump' };
      return { jump: instruction, convention, form: [...names, 'jbe'].join('; ') };
    }
    // The comparison comes directly before the jump, so its flags are those the jump sees.
    if (convention !== undefined) return unknown(hex, instruction.offset);
    const form = forms.find(
      ({ start, lengthBytes }) => hex.startsWith(start) && instruction.lengthBytes === lengthBytes,
    );
    if (form === undefined) return unknown(hex, instruction.offset);
    names.push(form.name);
    convention = form.convention;
  }
  return { jump: undefined, reason: `no jbe among the first ${longestHead + 1} instructions` };
}

function unknown(hex: string, offset: number): HeadMatch {
  return { jump: undefined, reason: `${hex} at +${offset} is not part of a stack check` };
}
