import type { Listing } from '../../binary/code/listing.ts';
import type { Convention, HeadMatch } from './stack-check.ts';

interface Form {
  readonly name: string;
  readonly value: number;
  readonly mask: number;
  readonly convention?: Convention;
  readonly compares?: boolean;
}

/** Bits of an instruction with a 12-bit immediate that are not the immediate or its shift. */
const immediate12 = 0xff8003ff;
const exact = 0xffffffff;
/** MOVZ: all but the 16-bit immediate and its place. */
const immediate16 = 0xff80001f;

/**
 * All that may stand before the jump: X16, X17 and X27 are scratch where arguments are in registers; code that has its
 * arguments on the stack uses X1 and X2. The goroutine is in X28, its stack guard 16 bytes into it.
 */
const forms: readonly Form[] = [
  { name: 'ldr x16, [x28, #16]', value: 0xf9400b90, mask: exact, convention: 'register' },
  { name: 'mov x17, sp', value: 0x910003f1, mask: exact },
  { name: 'sub x17, sp, #n', value: 0xd10003f1, mask: immediate12 },
  { name: 'subs x17, sp, #n', value: 0xf10003f1, mask: immediate12 },
  { name: 'mov x27, #n', value: 0xd280001b, mask: immediate16 },
  { name: 'sub x17, sp, x27', value: 0xcb3b63f1, mask: exact },
  { name: 'cmp sp, x16', value: 0xeb3063ff, mask: exact, compares: true },
  { name: 'cmp x17, x16', value: 0xeb10023f, mask: exact, compares: true },
  { name: 'ldr x1, [x28, #16]', value: 0xf9400b81, mask: exact, convention: 'stack' },
  { name: 'mov x2, sp', value: 0x910003e2, mask: exact },
  { name: 'sub x2, sp, #n', value: 0xd10003e2, mask: immediate12 },
  { name: 'mov x27, #n; sub x2, sp, x27', value: 0xcb3b63e2, mask: exact },
  { name: 'cmp x2, x1', value: 0xeb01005f, mask: exact, compares: true },
  { name: 'cmp sp, x1', value: 0xeb2163ff, mask: exact, compares: true },
];

const longestHead = 5;

/** Matches the instructions from a function's start to the `b.ls` of its stack check. */
export function matchArm64Head(bytes: Buffer, listing: Listing): HeadMatch {
  const names: string[] = [];
  let convention: Convention | undefined;
  let compared = false;
  for (const instruction of listing.instructions.slice(0, longestHead + 1)) {
    const word = bytes.readUInt32LE(instruction.offset);
    // B.LS: condition 9.
    if (instruction.flow === 'branch' && (word & 0xff00001f) >>> 0 === 0x54000009) {
      if (convention === undefined || !compared)
        return { jump: undefined, reason: 'nothing is compared before the first jump' };
      return { jump: instruction, convention, form: [...names, 'b.ls'].join('; ') };
    }
    const form: Form | undefined = compared
      ? undefined
      : forms.find(({ value, mask }) => (word & mask) >>> 0 === value);
    if (form === undefined) {
      const hex = word.toString(16).padStart(8, '0');
      return { jump: undefined, reason: `${hex} at +${instruction.offset} is not part of a stack check` };
    }
    names.push(form.name);
    convention ??= form.convention;
    compared = form.compares ?? false;
  }
  return { jump: undefined, reason: `no b.ls among the first ${longestHead + 1} instructions` };
}
