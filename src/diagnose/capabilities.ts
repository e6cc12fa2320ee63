import type { Host } from './host.ts';

/** Numbers of include/uapi/linux/capability.h, of those that matter here. */
const bits = {
  CAP_DAC_OVERRIDE: 1n,
  CAP_DAC_READ_SEARCH: 2n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
} as const;

export type Capability = keyof typeof bits;

/** The effective capabilities of this process; undefined when /proc does not say. */
export function readCapabilities(host: Host): ReadonlySet<Capability> | undefined {
  const match = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(host.readFile('/proc/self/status') ?? '');
  if (match === null) return undefined;
  const mask = BigInt(`0x${match[1]}`);
  return new Set(capabilityNames.filter((name) => (mask & (1n << bits[name])) !== 0n));
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys is typed for any object
const capabilityNames = Object.keys(bits) as Capability[];
