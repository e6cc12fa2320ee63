import type { GoBuild } from '../support/go-program.ts';
import type { CheckName } from './check.ts';

/** A kernel, and what is checked there with which programs. */
export interface Machine {
  readonly kernel: string;
  readonly architecture: 'x64' | 'arm64';
  readonly programs: readonly { readonly build: GoBuild; readonly checks: readonly CheckName[] }[];
}

const modern: GoBuild = { program: 'exchange', toolchain: 'machine' };
/** Arguments on the stack; arm64 has registers since 1.18. */
const stackAbi: GoBuild = { program: 'exchange', toolchain: '1.16.15' };
const faults: GoBuild = { program: 'faults', toolchain: 'machine' };
const keylog: GoBuild = { program: 'keylog', toolchain: 'machine' };
const stackKeylog: GoBuild = { program: 'keylog', toolchain: '1.16.15' };

const everywhere: readonly CheckName[] = ['streams', 'collector', 'killed', 'interrupted'];
const pages: readonly CheckName[] = ['missing-pages', 'late-page'];
const keys: readonly CheckName[] = ['key-log', 'packets'];

export const machines: readonly Machine[] = [
  {
    kernel: '5.10',
    architecture: 'x64',
    // Each site takes a program of its own, and the verifier, emulated, seconds for each.
    programs: [
      { build: stackAbi, checks: everywhere },
      { build: faults, checks: ['missing-pages'] },
      { build: stackKeylog, checks: keys },
    ],
  },
  ...['6.1', '6.12'].map((kernel): Machine => ({
    kernel,
    architecture: 'x64',
    programs: [
      {
        build: modern,
        checks: [...everywhere, 'ipv6', 'unix-socket', 'returns', 'joined-returns', 'entries'],
      },
      { build: stackAbi, checks: ['streams', 'collector'] },
      { build: faults, checks: pages },
      { build: keylog, checks: keys },
    ],
  })),
  // Slower still: what does not depend on the kernel is shared between the two.
  {
    kernel: '6.1',
    architecture: 'arm64',
    programs: [
      {
        build: modern,
        checks: ['collector', 'killed', 'unix-socket', 'returns', 'joined-returns', 'entries'],
      },
      { build: faults, checks: pages },
      { build: keylog, checks: keys },
    ],
  },
  {
    kernel: '6.12',
    architecture: 'arm64',
    programs: [
      { build: modern, checks: ['streams', 'accessed-flags', 'interrupted', 'ipv6'] },
      { build: { ...stackAbi, toolchain: '1.17.13' }, checks: ['accessed-flags'] },
      { build: faults, checks: pages },
      { build: keylog, checks: keys },
    ],
  },
];
