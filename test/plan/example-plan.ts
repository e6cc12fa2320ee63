import type { Check, ProbePlan, ProbeSite } from '../../src/plan/probe-plan.ts';

const passed: readonly Check[] = [
  { name: 'decodes', passed: true, detail: '234 instructions' },
  { name: 'frame', passed: true, detail: '96 bytes' },
];

export const exampleSite: ProbeSite = {
  role: 'read',
  function: 'crypto/tls.(*Conn).Read',
  functionAddress: 0x5b4aa0,
  offset: 526,
  address: 0x5b4cae,
  fileOffset: 0x1b4cae,
  instruction: 'call',
  bytes: 'e8ed4de8ff',
  emulated: true,
  kind: 'go-read-memmove',
  flags: [],
  receiverOffset: 104,
  strategy: 'call-memmove',
  checks: passed,
  note: 'runtime.memmove, only one, receiver at SP+104',
};

const write: ProbeSite = {
  ...exampleSite,
  role: 'write',
  function: 'crypto/tls.(*Conn).writeRecordLocked',
  functionAddress: 0x5b1d20,
  offset: 0,
  address: 0x5b1d20,
  fileOffset: 0x1b1d20,
  instruction: 'entry',
  bytes: '493b6610',
  emulated: false,
  kind: 'go-write',
  flags: ['at-entry'],
  receiverOffset: 0,
  strategy: 'entry',
  checks: [{ name: 'returns', passed: true, detail: '2 return instructions' }],
  note: 'a restart hits twice: the second hit is dropped',
};

/** A plan with one of everything: a fallback with two sites, a refused strategy, a missing role. */
export const examplePlan: ProbePlan = {
  family: 'gotls',
  path: '/usr/bin/caddy',
  architecture: 'x86-64',
  positionIndependent: true,
  stripped: true,
  buildId: '9f3c21',
  toolchain: 'Go 1.26.5',
  convention: 'register ABI',
  facts: [{ name: 'text base', value: '0x46c000', how: 'moduledata' }],
  profile: { register_abi: 1, family_offset: 56 },
  sites: [
    write,
    {
      ...write,
      offset: 782,
      address: 0x5b202e,
      fileOffset: 0x1b202e,
      instruction: 'ret',
      bytes: 'c3',
      kind: 'go-write-return',
      flags: [],
      note: 'tells a restart from another call',
    },
    exampleSite,
  ],
  missing: [{ role: 'secrets', reason: 'crypto/tls.(*Config).writeKeyLog is not in the program' }],
  checks: [
    {
      name: 'write by stack-check-jump: stack check',
      passed: false,
      detail: 'the jump at +12 does not lead to runtime.morestack',
    },
  ],
};
