import fc from 'fast-check';
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { SystemError } from '../../src/bpf/system-error.ts';
import { explainFailure } from '../../src/diagnose/explain-failure.ts';
import { UserError } from '../../src/util/user-error.ts';
import { anyText } from './any-text.ts';
import { fakeMachine, type MachineParts } from './fake-machine.ts';

const {
  EPERM,
  EACCES,
  EINVAL,
  ENOMEM,
  E2BIG,
  ESRCH,
  ENOENT,
  EIO,
  EMFILE,
  ENOSYS,
  EBUSY,
  ETXTBSY,
  EOPNOTSUPP,
} = constants.errno;
const ENOTSUPP = 524;

interface Case {
  readonly operation: string;
  readonly errno: number;
  readonly log?: string;
  readonly machine?: MachineParts;
  readonly message: string;
  readonly reason: RegExp;
  readonly remedy: RegExp;
  readonly code: number;
}

const load = 'load gotls_sleepable';
const verifierLog = [
  "libbpf: prog 'gotls_sleepable': BPF program load failed: Invalid argument",
  "libbpf: prog 'gotls_sleepable': -- BEGIN PROG LOAD LOG --",
  '0: R1=ctx(off=0,imm=0) R10=fp0',
  '; return handle(ctx);',
  '12: (85) call unknown#181',
  'invalid func unknown#181',
  'processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
  '-- END PROG LOAD LOG --',
  "libbpf: prog 'gotls_sleepable': failed to load: -22",
  "libbpf: failed to load object 'gotls'",
  '',
].join('\n');
const failedRing =
  "libbpf: map 'ring': failed to create: something(-1)\nlibbpf: failed to load object 'gotls'\n";

const loadCases: Readonly<Record<string, Case>> = {
  'no capability': {
    operation: load,
    errno: EPERM,
    machine: { uid: 1000, capabilities: [] },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /^this process lacks CAP_BPF and CAP_PERFMON$/,
    remedy: /^run it with sudo, or see: tlstap doctor$/,
    code: 4,
  },
  'one of two capabilities': {
    operation: load,
    errno: EPERM,
    machine: { uid: 1000, capabilities: ['CAP_BPF'] },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /lacks CAP_PERFMON$/,
    remedy: /sudo/,
    code: 4,
  },
  'no capability on a kernel without uprobe_multi': {
    operation: load,
    errno: EPERM,
    machine: { uid: 1000, capabilities: [], release: '6.1.0-50-amd64' },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /lacks CAP_SYS_ADMIN/,
    remedy: /sudo/,
    code: 4,
  },
  'root that a container deprived of its capabilities': {
    operation: load,
    errno: EPERM,
    machine: { capabilities: [], files: { '/.dockerenv': '' } },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /lacks CAP_BPF and CAP_PERFMON/,
    remedy: /--privileged --pid=host, or with --cap-add BPF --cap-add PERFMON/,
    code: 4,
  },
  'a user namespace, where every capability seems to be there': {
    operation: load,
    errno: EPERM,
    machine: { links: { '/proc/self/ns/user': 'user:[4026532197]' } },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /user namespace/,
    remedy: /on the host/,
    code: 4,
  },
  'lockdown with every capability': {
    operation: load,
    errno: EPERM,
    machine: { files: { '/sys/kernel/security/lockdown': 'none integrity [confidentiality]\n' } },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /lockdown/,
    remedy: /lockdown=integrity/,
    code: 4,
  },
  'seccomp with every capability': {
    operation: load,
    errno: EPERM,
    machine: { seccomp: 2, files: { '/run/.containerenv': '' } },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /seccomp/,
    remedy: /seccomp=unconfined/,
    code: 4,
  },
  'locked memory, before Linux 5.11': {
    operation: load,
    errno: EPERM,
    machine: {
      release: '5.10.0-32-amd64',
      seccomp: 2,
      files: {
        '/proc/self/limits': 'Max locked memory         65536                65536                bytes\n',
      },
    },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /65536 bytes/,
    remedy: /ulimit -l unlimited/,
    code: 4,
  },
  'locked memory does not matter later': {
    operation: load,
    errno: EPERM,
    machine: {
      seccomp: 2,
      files: {
        '/proc/self/limits': 'Max locked memory         65536                65536                bytes\n',
      },
    },
    message: 'cannot load BPF programs: operation not permitted',
    reason: /seccomp/,
    remedy: /sandbox/,
    code: 4,
  },
  SELinux: {
    operation: load,
    errno: EACCES,
    machine: { files: { '/sys/fs/selinux/enforce': '1' } },
    message: 'cannot load BPF programs: permission denied',
    reason: /SELinux/,
    remedy: /ausearch/,
    code: 4,
  },
  AppArmor: {
    operation: load,
    errno: EACCES,
    machine: { files: { '/proc/self/attr/current': 'docker-default (enforce)\n' } },
    message: 'cannot load BPF programs: permission denied',
    reason: /docker-default \(enforce\)/,
    remedy: /apparmor=unconfined/,
    code: 4,
  },
  'refused for no reason that can be seen': {
    operation: load,
    errno: EPERM,
    message: 'cannot load BPF programs: operation not permitted',
    reason: /no capability is missing/,
    remedy: /dmesg/,
    code: 4,
  },
  'the verifier says EACCES to a program that it finds unsafe': {
    operation: load,
    errno: EACCES,
    log: verifierLog,
    message: "cannot load BPF programs: the kernel's verifier rejects them (EACCES)",
    reason: /invalid func unknown#181$/,
    remedy: /report/,
    code: 5,
  },
  'no BTF': {
    operation: load,
    errno: ESRCH,
    machine: { files: { '/sys/kernel/btf/vmlinux': undefined } },
    message: 'cannot load BPF programs: no BTF',
    reason: /\/sys\/kernel\/btf\/vmlinux is missing/,
    remedy: /CONFIG_DEBUG_INFO_BTF=y/,
    code: 5,
  },
  'no sysfs': {
    operation: load,
    errno: ESRCH,
    machine: { files: { '/sys/kernel/btf/vmlinux': undefined, '/sys/kernel': undefined } },
    message: 'cannot load BPF programs: no BTF',
    reason: /\/sys is not mounted/,
    remedy: /mount -t sysfs/,
    code: 5,
  },
  'a helper that the kernel does not know': {
    operation: load,
    errno: EINVAL,
    log: verifierLog,
    message: "cannot load BPF programs: the kernel's verifier rejects them (EINVAL)",
    reason: /call unknown#181; invalid func unknown#181$/,
    remedy: /tlstap doctor/,
    code: 5,
  },
  'lockdown takes a helper away': {
    operation: load,
    errno: EINVAL,
    log: verifierLog,
    machine: { files: { '/sys/kernel/security/lockdown': 'none integrity [confidentiality]\n' } },
    message: 'cannot load BPF programs: invalid argument',
    reason: /lockdown/,
    remedy: /lockdown=integrity/,
    code: 5,
  },
  'a program too complex': {
    operation: load,
    errno: E2BIG,
    log: 'libbpf: prog: -- BEGIN PROG LOAD LOG --\nBPF program is too large. Processed 1000001 insn\n',
    message: "cannot load BPF programs: the kernel's verifier rejects them (E2BIG)",
    reason: /too large. Processed 1000001 insn/,
    remedy: /report/,
    code: 5,
  },
  'an old kernel': {
    operation: load,
    errno: EINVAL,
    machine: { release: '4.19.0-27-amd64' },
    message: 'cannot load BPF programs: invalid argument',
    reason: /Linux 4\.19\.0-27-amd64 is too old/,
    remedy: /newer kernel/,
    code: 5,
  },
  'no bpf(2)': {
    operation: load,
    errno: ENOSYS,
    message: 'cannot load BPF programs: function not implemented',
    reason: /no bpf\(2\)/,
    remedy: /doctor/,
    code: 5,
  },
  'no memory for the ring': {
    operation: load,
    errno: ENOMEM,
    log: failedRing,
    message: 'cannot load BPF programs: not enough memory',
    reason: /the map "ring"/,
    remedy: /--buffer-size/,
    code: 1,
  },
  'a ring of an impossible size': {
    operation: load,
    errno: E2BIG,
    log: failedRing,
    message: 'cannot load BPF programs: no ring buffer',
    reason: /of that size/,
    remedy: /--buffer-size/,
    code: 5,
  },
  'nothing said': {
    operation: 'open BPF object',
    errno: EINVAL,
    message: 'cannot load BPF programs: invalid argument',
    reason: /open BPF object/,
    remedy: /doctor/,
    code: 5,
  },
};

test.each(Object.entries(loadCases))('loading: %s', (_name, one) => {
  check(one, explained(one));
});

const attachCases: Readonly<Record<string, Case>> = {
  'perf without CAP_SYS_ADMIN': {
    operation: 'perf_event_open',
    errno: EACCES,
    machine: { capabilities: ['CAP_BPF', 'CAP_PERFMON'], uid: 1000 },
    message: 'cannot attach to /opt/caddy: permission denied',
    reason: /CAP_SYS_ADMIN/,
    remedy: /sudo/,
    code: 4,
  },
  'a file system that cannot be probed': {
    operation: 'attach uprobes',
    errno: EIO,
    message: 'cannot attach to /opt/caddy: i/o error',
    reason: /file system/,
    remedy: /copy/,
    code: 3,
  },
  'a file that is gone': {
    operation: 'attach uprobes',
    errno: ENOENT,
    message: 'cannot attach to /opt/caddy: no such file or directory',
    reason: /gone/,
    remedy: /again/,
    code: 3,
  },
  'a place behind the end of the file': {
    operation: 'perf_event_open',
    errno: EINVAL,
    message: 'cannot attach to /opt/caddy: invalid argument',
    reason: /has changed/,
    remedy: /inspect/,
    code: 3,
  },
  'an instruction that cannot be probed': {
    operation: 'attach uprobes',
    errno: ENOTSUPP,
    message: 'cannot attach to /opt/caddy: operation not supported',
    reason: /breakpoint/,
    remedy: /inspect/,
    code: 3,
  },
  'no event source for uprobes': {
    operation: 'find the uprobe event source in /sys/bus/event_source',
    errno: EOPNOTSUPP,
    machine: { files: { '/sys/bus/event_source/devices/uprobe/type': undefined } },
    message: 'cannot attach to /opt/caddy: operation not supported',
    reason: /no event source/,
    remedy: /CONFIG_UPROBE_EVENTS/,
    code: 5,
  },
  'somebody else is there': {
    operation: 'enable uprobe',
    errno: EBUSY,
    message: 'cannot attach to /opt/caddy: resource busy or locked',
    reason: /another tool/,
    remedy: /end that tool/,
    code: 3,
  },
  'a file that is being written': {
    operation: 'attach uprobe',
    errno: ETXTBSY,
    message: 'cannot attach to /opt/caddy: text file is busy',
    reason: /open for writing/,
    remedy: /wait/,
    code: 3,
  },
  'too many descriptors': {
    operation: 'perf_event_open',
    errno: EMFILE,
    message: 'cannot attach to /opt/caddy: too many open files',
    reason: /open files/,
    remedy: /ulimit -n/,
    code: 1,
  },
  'no memory': {
    operation: 'attach uprobes',
    errno: ENOMEM,
    message: 'cannot attach to /opt/caddy: not enough memory',
    reason: /memory/,
    remedy: /end other/,
    code: 1,
  },
  'too many programs': {
    operation: 'attach uprobe',
    errno: E2BIG,
    message: 'cannot attach to /opt/caddy: argument list too long',
    reason: /too many/,
    remedy: /fewer/,
    code: 1,
  },
  'an error that was never seen': {
    operation: 'attach uprobes',
    errno: 4000,
    message: 'cannot attach to /opt/caddy: E4000',
    reason: /refused at: attach uprobes/,
    remedy: /doctor/,
    code: 5,
  },
};

test.each(Object.entries(attachCases))('attaching: %s', (_name, one) => {
  check(one, explained(one, '/opt/caddy'));
});

test('without a path the program is named as such', () => {
  const error = explainFailure(new SystemError('attach uprobes', EIO), fakeMachine());
  expect(error.message).toBe('cannot attach to the program: i/o error');
});

test('every error number of every operation gives a reason, a remedy and a code of its own', () => {
  const anyError = fc.record({
    operation: fc.oneof(fc.constantFrom(load, 'attach uprobes', 'attach uprobe', 'map', 'mmap'), fc.string()),
    errno: fc.integer({ min: -600, max: 600 }),
    log: anyText(400),
  });
  fc.assert(
    fc.property(anyError, ({ operation, errno, log }) => {
      const error = explainFailure(new SystemError(operation, errno, log), fakeMachine());
      expect(error.reason).not.toBe('');
      expect(error.remedy).not.toBe('');
      expect([1, 3, 4, 5]).toContain(error.exitCode);
    }),
    { numRuns: 2000 },
  );
});

function explained({ operation, errno, log, machine }: Case, path?: string): UserError {
  return explainFailure(new SystemError(operation, errno, log), fakeMachine(machine), path);
}

function check(expected: Case, error: UserError): void {
  expect(error.message).toBe(expected.message);
  expect(error.reason).toMatch(expected.reason);
  expect(error.remedy).toMatch(expected.remedy);
  expect(error.exitCode).toBe(expected.code);
  expect(error.cause).toBeInstanceOf(SystemError);
}
