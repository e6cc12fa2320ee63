import { readFileSync } from 'node:fs';
import { beforeAll, expect, test, type TestContext } from 'vitest';
import type { ByteSource } from '../../../src/binary/byte-source.ts';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import type { Instruction } from '../../../src/binary/code/instruction.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import { arm64Program } from '../../support/arm64-program.ts';
import { needProvided } from '../../support/need-provided.ts';
import type { Provided } from '../../support/provided.ts';
import { provideRealProgram } from '../../support/real-program.ts';
import { openPatchable, type PatchableFunction } from './patched-program.ts';

let provided: Provided<string>;
beforeAll(async () => {
  provided = await provideRealProgram(arm64Program);
}, 120_000);

const nop = 0xd503201f;

/** Ways to damage Read: which instruction, what it becomes, and the check that must notice. */
const damages: readonly {
  readonly name: string;
  readonly check: string;
  readonly damage: (parts: ReadParts) => readonly { readonly at: Instruction; readonly word: number }[];
}[] = [
  {
    name: 'the call goes elsewhere',
    check: 'one moving call',
    damage: ({ call }) => [{ at: call, word: 0x94000010 }],
  },
  {
    name: 'the call is indirect (blr x2)',
    check: 'one moving call',
    damage: ({ call }) => [{ at: call, word: 0xd63f0040 }],
  },
  {
    name: 'another register is saved',
    check: 'receiver saved',
    damage: ({ save, slot }) => [{ at: save, word: store(1, slot) }],
  },
  { name: 'nothing is saved', check: 'receiver saved', damage: ({ save }) => [{ at: save, word: nop }] },
  {
    name: 'nothing is loaded afterwards',
    check: 'receiver live',
    damage: ({ loads }) => loads.map((at) => ({ at, word: nop })),
  },
  {
    name: 'something else is stored later',
    check: 'receiver unchanged',
    damage: ({ loads, slot }) => [{ at: loads[0] ?? expect.unreachable(), word: store(3, slot) }],
  },
  {
    name: 'a pair of registers is stored over it',
    check: 'receiver unchanged',
    // stp x3, x4, [sp, #slot-8]
    damage: ({ loads, slot }) => [
      { at: loads[0] ?? expect.unreachable(), word: (0xa90013e3 | ((slot / 8 - 1) << 15)) >>> 0 },
    ],
  },
  {
    name: 'its address is taken (add x3, sp, #slot)',
    check: 'receiver unchanged',
    damage: ({ loads, slot }) => [
      { at: loads[0] ?? expect.unreachable(), word: (0x910003e3 | (slot << 10)) >>> 0 },
    ],
  },
  {
    name: 'the jump of the stack check asks for something else (b.hi)',
    check: 'stack check',
    damage: ({ jump, jumpWord }) => [{ at: jump, word: (jumpWord & ~1) >>> 0 }],
  },
  {
    name: 'the jump of the stack check leads elsewhere',
    check: 'stack check',
    damage: ({ jump }) => [{ at: jump, word: 0x54000109 }],
  },
  {
    name: 'a jump is computed (br x2)',
    check: 'closed control flow',
    damage: ({ branch }) => [{ at: branch, word: 0xd61f0040 }],
  },
  {
    name: 'a jump leaves the function',
    check: 'closed control flow',
    damage: ({ branch }) => [{ at: branch, word: 0x14000fff }],
  },
  {
    name: 'a word is no instruction',
    check: 'decodes',
    damage: ({ branch }) => [{ at: branch, word: 0x02000000 }],
  },
  {
    name: 'the stack pointer is moved within the body',
    check: 'frame',
    // sub sp, sp, #16
    damage: ({ branch }) => [{ at: branch, word: 0xd10043ff }],
  },
];

interface ReadParts {
  readonly jump: Instruction;
  readonly jumpWord: number;
  readonly call: Instruction;
  readonly save: Instruction;
  readonly slot: number;
  readonly loads: readonly Instruction[];
  readonly branch: Instruction;
}

test.for(damages)('arm64: Read is refused when $name', ({ check, damage }, context) => {
  const { read, parts } = openRead(context);
  const damaged = replaceWords(read, damage(parts));
  const result = planGo(damaged, 'damaged', { strategies: ['call-memmove'] });
  const refusal = result.ok ? expect.unreachable('it was accepted') : result.refusal;
  expect(refusal.code).toBe('site-refused');
  expect(refusal.reason).toContain(`${check} (`);
});

test('arm64: the undamaged program is accepted, and each fallback takes over', (context) => {
  const { read, parts } = openRead(context);
  const indirect = { at: parts.call, word: 0xd63f0040 };
  const unsaved = { at: parts.save, word: nop };
  const otherJump = { at: parts.jump, word: (parts.jumpWord & ~1) >>> 0 };
  expect(readStrategy(replaceWords(read, []))).toBe('call-memmove');
  expect(readStrategy(replaceWords(read, [indirect]))).toBe('ret-spill');
  expect(readStrategy(replaceWords(read, [indirect, unsaved]))).toBe('jump-ret-join');
  expect(readStrategy(replaceWords(read, [indirect, unsaved, otherJump]))).toBe('entry-ret-join');
});

function openRead(context: TestContext): { readonly read: PatchableFunction; readonly parts: ReadParts } {
  const program = openPatchable(bytesSource(readFileSync(needProvided(context, provided))));
  const read = program.function('crypto/tls.(*Conn).Read');
  const { address } = program.function('runtime.memmove').function;
  const jump = read.find(({ flow }) => flow === 'branch');
  const call = read.find(
    ({ flow, target }) => flow === 'call' && read.function.address + (target ?? 0) === address,
  );
  const save = read.find(
    ({ memory }) => memory?.base === 31 && memory.access === 'store' && memory.register === 0,
  );
  const slot = save.memory?.displacement ?? 0;
  const loads = read.listing.instructions.filter(
    ({ memory }) => memory?.base === 31 && memory.access === 'load' && memory.displacement === slot,
  );
  const branch = read.find(({ offset, flow }) => flow === 'branch' && offset > 64);
  const jumpWord = read.bytes.readUInt32LE(jump.offset);
  return { read, parts: { jump, jumpWord, call, save, slot, loads, branch } };
}

function replaceWords(
  read: PatchableFunction,
  changes: readonly { readonly at: Instruction; readonly word: number }[],
): ByteSource {
  return read.replace(
    changes.map(({ at, word }) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(word);
      return { at, hex: bytes.toString('hex') };
    }),
  );
}

/** STR (immediate) of a whole register to the stack. */
function store(register: number, slot: number): number {
  return (0xf90003e0 | register | ((slot / 8) << 10)) >>> 0;
}

function readStrategy(source: ByteSource): string | undefined {
  const result = planGo(source, 'damaged');
  if (!result.ok) return result.refusal.code;
  return result.plan.sites.find(({ role }) => role === 'read')?.strategy;
}
