import { expect, test } from 'vitest';
import { SystemError } from '../../../src/bpf/system-error.ts';
import { checkPrograms } from '../../../src/diagnose/checks/programs.ts';
import { fakeMachine, type MachineParts } from '../fake-machine.ts';

const noEventSource = { files: { '/sys/bus/event_source/devices/uprobe/type': undefined } };
const noBtf = { files: { '/sys/kernel/btf/vmlinux': undefined } };

test.each<[string, MachineParts, string | Error, string | Error, string, string]>([
  ['taken', {}, 'perf, sleepable', '1.1', 'ok', 'the kernel takes them: perf, sleepable'],
  [
    'uprobe_multi needs no event source',
    noEventSource,
    'uprobe_multi, sleepable',
    '1.1',
    'ok',
    'the kernel takes them: uprobe_multi, sleepable',
  ],
  [
    'perf needs one',
    noEventSource,
    'perf, sleepable',
    '1.1',
    'fail',
    'the kernel has no event source for uprobes',
  ],
  ['no libbpf', noBtf, new Error('x'), new Error('x'), 'fail', 'cannot be loaded: see libbpf'],
  ['no BTF', noBtf, new SystemError('load x', 3), '1.1', 'fail', 'cannot be loaded: see BTF'],
  [
    'no privilege',
    { capabilities: [] },
    new SystemError('load x', 1),
    '1.1',
    'fail',
    'not permitted: see privileges',
  ],
  [
    'another error',
    {},
    new SystemError('load x', 12),
    '1.1',
    'fail',
    'cannot load BPF programs: not enough memory: the kernel, or the control group of this process, has no memory left for them',
  ],
  ['no object file', {}, new Error('ENOENT: gotls.bpf.o'), '1.1', 'fail', 'ENOENT: gotls.bpf.o'],
])('%s', (_name, machine, attempt, libbpf, status, detail) => {
  const line = checkPrograms(fakeMachine(machine), attempt, libbpf);
  expect(line).toMatchObject({ status, detail });
});
