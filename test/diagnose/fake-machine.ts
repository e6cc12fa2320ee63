import type { DoctorEnvironment } from '../../src/diagnose/doctor-environment.ts';

/** Numbers of include/uapi/linux/capability.h. */
const bits: Readonly<Record<string, bigint>> = {
  CAP_DAC_OVERRIDE: 1n,
  CAP_DAC_READ_SEARCH: 2n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
};

const allCapabilities: readonly string[] = Object.keys(bits);

export interface MachineParts extends Partial<Omit<DoctorEnvironment, 'readFile' | 'exists' | 'readLink'>> {
  /** Effective capabilities; all by default, null for a /proc that does not say. */
  readonly capabilities?: readonly string[] | null;
  readonly seccomp?: number;
  /** Added to, or with undefined taken from, the files of a healthy machine. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly links?: Readonly<Record<string, string | undefined>>;
}

/** A healthy machine, except for what is given. */
export function fakeMachine(parts: MachineParts = {}): DoctorEnvironment {
  const { capabilities = allCapabilities, seccomp = 0, files, links, ...rest } = parts;
  const allFiles: Readonly<Record<string, string | undefined>> = {
    '/proc/self/status': capabilities === null ? undefined : statusFile(capabilities, seccomp),
    '/proc/self/limits': 'Max locked memory         unlimited            unlimited            bytes\n',
    '/proc/self/cgroup': '0::/user.slice/user-1000.slice/session-2.scope\n',
    '/proc/self/attr/current': 'unconfined\n',
    '/sys/kernel': '',
    '/sys/bus': '',
    '/sys/kernel/btf/vmlinux': '',
    '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
    '/sys/bus/event_source/devices/uprobe/type': '7\n',
    ...files,
  };
  const allLinks: Readonly<Record<string, string | undefined>> = {
    '/proc/self/ns/pid': 'pid:[4026531836]',
    '/proc/self/ns/user': 'user:[4026531837]',
    ...links,
  };
  return {
    release: '6.12.0-18-amd64',
    arch: 'x64',
    nodeVersion: '20.19.0',
    uid: 0,
    readFile: (path) => allFiles[path],
    exists: (path) => allFiles[path] !== undefined,
    readLink: (path) => allLinks[path],
    probeAttach: () => 'uprobe_multi, sleepable',
    probePackets: () => 'tcx',
    loadLibbpf: () => '1.1',
    loadLibpcap: () => 'libpcap.so.0.8',
    ...rest,
  };
}

function statusFile(capabilities: readonly string[], seccomp: number): string {
  const mask = capabilities.reduce((sum, name) => sum | (1n << (bits[name] ?? 0n)), 0n);
  const hex = mask.toString(16).padStart(16, '0');
  return [
    'Name:\tnode',
    'Uid:\t0\t0\t0\t0',
    `CapPrm:\t${'f'.repeat(16)}`,
    `CapEff:\t${hex}`,
    `CapBnd:\t${'f'.repeat(16)}`,
    `Seccomp:\t${seccomp}`,
    `Seccomp_filters:\t${seccomp}`,
    '',
  ].join('\n');
}
