import { readFileSync } from 'node:fs';
import { beforeAll, expect, test, type TestContext } from 'vitest';
import { bytesSource } from '../../../src/binary/bytes-source.ts';
import type { ByteSource } from '../../../src/binary/byte-source.ts';
import type { Instruction } from '../../../src/binary/code/instruction.ts';
import { planGo } from '../../../src/family/go/plan-go.ts';
import type { PlanResult, ProbePlan, Refusal } from '../../../src/plan/probe-plan.ts';
import { needProvided } from '../../support/need-provided.ts';
import type { Provided } from '../../support/provided.ts';
import { esbuildReleases, provideRealProgram } from '../../support/real-program.ts';
import { openPatchable, type PatchableFunction, type PatchableProgram } from './patched-program.ts';

let provided: Provided<string>;
beforeAll(async () => {
  provided = await provideRealProgram(esbuildReleases.at(-1) ?? expect.unreachable('no release'));
}, 120_000);

const readName = 'crypto/tls.(*Conn).Read';
const writeName = 'crypto/tls.(*Conn).writeRecordLocked';

/** Ways to damage Read, and the check that must notice. */
const damages: readonly {
  readonly name: string;
  readonly check: string;
  readonly damage: (read: PatchableFunction, parts: ReadParts) => ByteSource;
}[] = [
  {
    name: 'the call goes elsewhere',
    check: 'one moving call',
    damage: (read, { call }) => read.replace([{ at: call, hex: 'e810000000' }]),
  },
  {
    name: 'the call is indirect',
    check: 'one moving call',
    damage: (read, { call }) => read.replace([{ at: call, hex: 'ffd00f1f00' }]),
  },
  {
    name: 'there is a second call',
    check: 'one moving call',
    damage: (read, { call, otherCall }) => {
      const distance = (call.target ?? 0) - otherCall.offset - otherCall.lengthBytes;
      return read.replace([{ at: otherCall, hex: `e8${int32(distance)}` }]);
    },
  },
  {
    name: 'another register is saved',
    check: 'receiver saved',
    // mov [rsp+n], rsi
    damage: (read, { save }) => read.replace([{ at: save, hex: `488974${read.hex(save).slice(6)}` }]),
  },
  {
    name: 'nothing is saved',
    check: 'receiver saved',
    damage: (read, { save }) => read.replace([{ at: save, hex: '0f1f440000' }]),
  },
  {
    name: 'a path to the call avoids the save',
    check: 'receiver saved',
    damage: (read, { save }) => {
      const before = read.find(({ offset, lengthBytes }) => offset + lengthBytes === save.offset);
      // jmp over the rest of it and over the save
      const hex = `eb${(before.lengthBytes - 2 + save.lengthBytes).toString(16).padStart(2, '0')}`;
      return read.replace([{ at: before, hex: hex + '90'.repeat(before.lengthBytes - 2) }]);
    },
  },
  {
    name: 'nothing is loaded afterwards',
    check: 'receiver live',
    damage: (read, { loads }) => read.replace(loads.map((at) => ({ at, hex: '0f1f440000' }))),
  },
  {
    name: 'something else is stored later',
    check: 'receiver unchanged',
    // mov [rsp+n], reg instead of mov reg, [rsp+n]
    damage: (read, { loads: [load = expect.unreachable()] }) =>
      read.replace([{ at: load, hex: `4889${read.hex(load).slice(4)}` }]),
  },
  {
    name: 'it is saved twice',
    check: 'receiver saved',
    damage: (read, { save, loads: [load = expect.unreachable()] }) =>
      read.replace([{ at: load, hex: read.hex(save) }]),
  },
  {
    name: 'its address is taken',
    check: 'receiver unchanged',
    damage: (read, { loads: [load = expect.unreachable()] }) =>
      read.replace([{ at: load, hex: `488d${read.hex(load).slice(4)}` }]),
  },
  {
    name: 'the jump of the stack check asks for something else',
    check: 'stack check',
    damage: (read, { jump }) => read.replace([{ at: jump, hex: `0f87${read.hex(jump).slice(4)}` }]),
  },
  {
    name: 'the jump of the stack check leads elsewhere',
    check: 'stack check',
    damage: (read, { jump, call }) =>
      read.replace([{ at: jump, hex: `0f86${int32(call.offset - jump.offset - jump.lengthBytes)}` }]),
  },
  {
    name: 'a jump leads into the stack check',
    check: 'stack check',
    damage: (read, { jump, branch }) =>
      read.replace([{ at: branch, hex: `0f85${int32(jump.offset - branch.offset - branch.lengthBytes)}` }]),
  },
  {
    name: 'a jump leads into the call',
    check: 'closed control flow',
    damage: (read, { branch, call }) =>
      read.replace([
        { at: branch, hex: `0f85${int32(call.offset + 1 - branch.offset - branch.lengthBytes)}` },
      ]),
  },
  {
    name: 'a jump leaves the function',
    check: 'closed control flow',
    damage: (read, { branch }) => read.replace([{ at: branch, hex: '0f85ffffff7f' }]),
  },
  {
    name: 'a jump is computed',
    check: 'closed control flow',
    damage: (read, { branch }) => read.replace([{ at: branch, hex: 'ffe00f1f4000' }]),
  },
  {
    name: 'a byte is no instruction',
    check: 'decodes',
    damage: (read, { branch }) => read.replace([{ at: branch, hex: '06' }]),
  },
  {
    name: 'one return leaves the stack pointer elsewhere',
    check: 'frame',
    damage: (read) => {
      const pop = read.find(({ stackDeltaBytes }, hex) => stackDeltaBytes === 8 && hex === '5d');
      return read.replace([{ at: pop, hex: '90' }]);
    },
  },
];

interface ReadParts {
  readonly jump: Instruction;
  readonly call: Instruction;
  /** A call of another function of the same length. */
  readonly otherCall: Instruction;
  readonly save: Instruction;
  /** Every load of the receiver's slot. */
  readonly loads: readonly Instruction[];
  /** A conditional jump of six bytes in the body. */
  readonly branch: Instruction;
}

test.for(damages)('x86-64: Read is refused when $name', ({ check, damage }, context) => {
  const { read, parts } = openRead(context);
  const damaged = damage(read, parts);
  const refused = planGo(damaged, 'damaged', { strategies: ['call-memmove'] });
  expect(refusalOf(refused)).toMatchObject({ code: 'site-refused' });
  expect(refusalOf(refused).reason).toContain(`${check} (`);

  // Whatever is found instead is an instruction of the damaged copy that passed all of its own checks.
  const fallback = planGo(damaged, 'damaged');
  if (!fallback.ok) return;
  const sites = fallback.plan.sites.filter(({ role }) => role === 'read');
  expect(sites.length).toBeGreaterThan(0);
  for (const site of sites) {
    expect(site.strategy).not.toBe('call-memmove');
    expect(site.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(damaged.read(site.fileOffset, site.bytes.length / 2).toString('hex')).toBe(site.bytes);
  }
  expect(fallback.plan.checks.map(({ name }) => name)).toContain(`read by call-memmove: ${check}`);
});

test('the undamaged program is accepted', (context) => {
  const plan = planGo(openProgram(context).source, 'intact', { strategies: ['call-memmove'] });
  expect(plan).toMatchObject({ ok: true });
});

test('each fallback takes over where the one before is refused', (context) => {
  const { read, parts } = openRead(context);
  const indirect = { at: parts.call, hex: 'ffd00f1f00' };
  const unsaved = { at: parts.save, hex: '0f1f440000' };
  const otherJump = { at: parts.jump, hex: `0f87${read.hex(parts.jump).slice(4)}` };
  const undecodable = { at: parts.branch, hex: '06' };
  expect(readStrategy(read.replace([indirect]))).toBe('ret-spill');
  expect(readStrategy(read.replace([indirect, unsaved]))).toBe('jump-ret-join');
  expect(readStrategy(read.replace([indirect, unsaved, otherJump]))).toBe('entry-ret-join');
  expect(readStrategy(read.replace([undecodable]))).toBe('site-refused');
});

test('a Read without any return has no fallback left', (context) => {
  const { read, parts } = openRead(context);
  const returns = read.listing.instructions.filter(({ flow }) => flow === 'return');
  const damaged = read.replace([
    { at: parts.call, hex: 'ffd00f1f00' },
    ...returns.map((at) => ({ at, hex: 'f4' })),
  ]);
  const refusal = refusalOf(planGo(damaged, 'damaged'));
  expect(refusal.code).toBe('no-return-instruction');
  expect(refusal.message).toContain(readName);
});

test('writeRecordLocked whose stack check is not one is probed at its entry and returns', (context) => {
  const write = openProgram(context).function(writeName);
  const jump = write.find(({ flow }) => flow === 'branch');
  const damaged = write.replace([{ at: jump, hex: `0f87${write.hex(jump).slice(4)}` }]);
  const plan = planOf(planGo(damaged, 'damaged'));
  const sites = plan.sites.filter(({ role }) => role === 'write');
  expect(sites[0]).toMatchObject({ offset: 0, kind: 'go-write', flags: ['at-entry'], strategy: 'entry' });
  expect(sites.slice(1).every(({ kind, bytes }) => kind === 'go-write-return' && bytes === 'c3')).toBe(true);
  expect(sites.length).toBeGreaterThan(2);
});

function openProgram(context: TestContext): PatchableProgram {
  return openPatchable(bytesSource(readFileSync(needProvided(context, provided))));
}

function openRead(context: TestContext): { readonly read: PatchableFunction; readonly parts: ReadParts } {
  const program = openProgram(context);
  const read = program.function(readName);
  const { address } = program.function('runtime.memmove').function;
  const jump = read.find(({ flow }) => flow === 'branch');
  const call = read.find(
    ({ flow, target }) => flow === 'call' && read.function.address + (target ?? 0) === address,
  );
  const otherCall = read.find(({ flow, lengthBytes }) => flow === 'call' && lengthBytes === 5);
  const branch = read.find(
    ({ offset, flow, lengthBytes }) => flow === 'branch' && lengthBytes === 6 && offset > 64,
  );
  // mov [rsp+n], rax, with n below 128: the first one in the function that is loaded again.
  const save = read.find(({ memory }, hex) => hex.startsWith('48894424') && memory?.register === 0);
  const slot = save.memory?.displacement;
  const loads = read.listing.instructions.filter(
    ({ memory }) => memory?.base === 4 && memory.access === 'load' && memory.displacement === slot,
  );
  return { read, parts: { jump, call, otherCall, save, loads, branch } };
}

function readStrategy(source: ByteSource): string | undefined {
  const result = planGo(source, 'damaged');
  if (!result.ok) return result.refusal.code;
  return result.plan.sites.find(({ role }) => role === 'read')?.strategy;
}

function refusalOf(result: PlanResult): Refusal {
  return result.ok ? expect.unreachable('it was accepted') : result.refusal;
}

function planOf(result: PlanResult): ProbePlan {
  return result.ok ? result.plan : expect.unreachable(result.refusal.reason);
}

function int32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString('hex');
}
