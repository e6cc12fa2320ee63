import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SystemError } from '../../src/bpf/system-error.ts';
import { doctorExitCode } from '../../src/diagnose/doctor-exit-code.ts';
import { runDoctor } from '../../src/diagnose/doctor.ts';
import { formatDoctor, formatDoctorJson } from '../../src/diagnose/format-doctor.ts';
import { UserError } from '../../src/util/user-error.ts';
import { anyText } from './any-text.ts';
import { fakeMachine, type MachineParts } from './fake-machine.ts';

const refused = (): Error => new SystemError('load gotls_sleepable', 1);
const libbpfMissing = (): Error =>
  new UserError({
    message: 'cannot load libbpf',
    reason: 'libbpf.so.1 was not found',
    remedy: 'install it',
    exitCode: 5,
  });

/** A few whole machines, as doctor shows them. */
const machines: Readonly<Record<string, MachineParts>> = {
  healthy: {},
  'not root': {
    uid: 1000,
    capabilities: [],
    probeAttach: refused,
  },
  'two capabilities only': { uid: 1000, capabilities: ['CAP_BPF', 'CAP_PERFMON'] },
  'two capabilities are not enough for perf': {
    uid: 1000,
    release: '6.1.0-50-amd64',
    capabilities: ['CAP_BPF', 'CAP_PERFMON'],
    probeAttach: () => 'perf, sleepable',
  },
  'old but supported': { release: '5.10.0-32-amd64', probeAttach: () => 'perf, one program per site' },
  'root in a container as docker makes it': {
    capabilities: ['CAP_DAC_OVERRIDE'],
    seccomp: 2,
    files: { '/.dockerenv': '' },
    links: { '/proc/self/ns/pid': 'pid:[4026532198]' },
    probeAttach: refused,
  },
  'no BTF': {
    files: { '/sys/kernel/btf/vmlinux': undefined },
    probeAttach: () => new SystemError('load gotls_sleepable', 3),
  },
  'nothing installed': {
    loadLibbpf: libbpfMissing,
    loadLibpcap: () => undefined,
    probeAttach: libbpfMissing,
  },
  'broken in every way': {
    release: '4.19.0-27-amd64',
    nodeVersion: '18.20.4',
    uid: 65534,
    capabilities: [],
    seccomp: 2,
    files: { '/sys/kernel/btf/vmlinux': undefined, '/proc/self/cgroup': '0::/kubepods.slice/x\n' },
    links: { '/proc/self/ns/pid': 'pid:[4026532198]', '/proc/self/ns/user': 'user:[4026532197]' },
    loadLibbpf: libbpfMissing,
    loadLibpcap: () => undefined,
    probeAttach: libbpfMissing,
  },
  'no proc and no sys': {
    capabilities: null,
    files: {
      '/proc/self/limits': undefined,
      '/proc/self/cgroup': undefined,
      '/sys/kernel': undefined,
      '/sys/bus': undefined,
      '/sys/kernel/btf/vmlinux': undefined,
      '/sys/bus/event_source/devices/uprobe/type': undefined,
    },
    links: { '/proc/self/ns/pid': undefined, '/proc/self/ns/user': undefined },
    probeAttach: () => new SystemError('load gotls_sleepable', 3),
  },
};

test.each(Object.entries(machines))('%s', async (name, parts) => {
  const lines = runDoctor(fakeMachine(parts));
  const shown = `${formatDoctor(lines, { color: false })}exit ${doctorExitCode(lines)}\n`;
  const file = new URL(`golden/doctor-${name.replaceAll(' ', '-')}.txt`, import.meta.url).pathname;
  await expect(shown).toMatchFileSnapshot(file);
});

test('every name occurs once, and is the same on all machines', () => {
  const names = Object.values(machines).map((parts) => runDoctor(fakeMachine(parts)).map(({ name }) => name));
  for (const list of names) expect(new Set(list).size).toBe(list.length);
  const optional = 'container';
  expect(new Set(names.map((list) => list.filter((name) => name !== optional).join())).size).toBe(1);
});

test('what is not ok comes with a remedy, or is explained by another line', () => {
  for (const parts of Object.values(machines)) {
    for (const line of runDoctor(fakeMachine(parts))) {
      if (line.status === 'fail') expect(line.remedy === '' && !line.detail.includes('see ')).toBe(false);
      if (line.status === 'ok') expect(line.remedy).toBe('');
    }
  }
});

test.each<[string, MachineParts, number]>([
  ['healthy', {}, 0],
  ['warnings only', { links: { '/proc/self/ns/pid': 'pid:[1]' } }, 0],
  ['no privilege', { capabilities: [], probeAttach: refused }, 4],
  ['no libbpf', { loadLibbpf: libbpfMissing, probeAttach: libbpfMissing }, 5],
  [
    'no libbpf and no privilege',
    { capabilities: [], loadLibbpf: libbpfMissing, probeAttach: libbpfMissing },
    4,
  ],
  ['another architecture', { arch: 'riscv64' }, 5],
])('exit code: %s', (_name, parts, code) => {
  expect(doctorExitCode(runDoctor(fakeMachine(parts)))).toBe(code);
});

test('JSON has one check on each line and says whether all is well', () => {
  for (const parts of Object.values(machines)) {
    const lines = runDoctor(fakeMachine(parts));
    const text = formatDoctorJson(lines);
    expect(JSON.parse(text)).toEqual({ checks: lines, ok: doctorExitCode(lines) === 0 });
    expect(text.trimEnd().split('\n')).toHaveLength(lines.length + 2);
  }
});

test('colour marks the status only, and the text is the same without it', () => {
  const lines = runDoctor(fakeMachine(machines['broken in every way']));
  const colored = formatDoctor(lines, { color: true });
  expect(colored).toContain('\x1b[31mfail\x1b[39m');
  expect(colored.replaceAll(/\x1b\[\d+m/g, '')).toBe(formatDoctor(lines, { color: false }));
});

test('whatever the files hold, there is an answer', () => {
  const contents = fc.option(anyText(200), { nil: undefined });
  const machine = fc.record({
    text: contents,
    link: contents,
    release: fc.string({ maxLength: 20 }),
    nodeVersion: fc.string({ maxLength: 20 }),
    arch: fc.string({ maxLength: 8 }),
    errno: fc.integer({ min: 0, max: 600 }),
    operation: fc.constantFrom('load x', 'attach uprobes', 'attach uprobe', 'perf_event_open', 'map ring'),
    log: fc.string({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(machine, ({ text, link, release, nodeVersion, arch, errno, operation, log }) => {
      const lines = runDoctor({
        ...fakeMachine({ release, nodeVersion, arch }),
        readFile: () => text,
        exists: () => text !== undefined,
        readLink: () => link,
        probeAttach: () => new SystemError(operation, errno, log),
      });
      expect(doctorExitCode(lines)).not.toBe(0);
      expect(lines.find(({ name }) => name === 'programs')?.status).toBe('fail');
    }),
    { numRuns: 1000 },
  );
});
