import { expect, test } from 'vitest';
import { SystemError } from '../../../src/bpf/system-error.ts';
import { checkPrivileges } from '../../../src/diagnose/checks/privileges.ts';
import { fakeMachine, type MachineParts } from '../fake-machine.ts';

const refused = new SystemError('load gotls_sleepable', 1);
const unsuitable = new SystemError('load gotls_sleepable', 22);
const multi = 'uprobe_multi, sleepable';
const both = ['CAP_BPF', 'CAP_PERFMON'];
const linux61: MachineParts = { release: '6.1.0-50-amd64' };

test.each<[string, MachineParts, string | Error, string, RegExp]>([
  ['loaded', {}, multi, 'ok', /CAP_BPF and CAP_PERFMON/],
  ['loaded with both', { capabilities: both }, multi, 'ok', /CAP_BPF and CAP_PERFMON/],
  ['loaded with nothing that is known', { capabilities: [] }, multi, 'ok', /CAP_BPF/],
  ['loaded with CAP_SYS_ADMIN alone', { capabilities: ['CAP_SYS_ADMIN'] }, multi, 'ok', /CAP_BPF/],
  ['perf', linux61, 'perf, sleepable', 'ok', /CAP_SYS_ADMIN/],
  [
    'perf with CAP_SYS_ADMIN alone',
    { ...linux61, capabilities: ['CAP_SYS_ADMIN'] },
    'perf',
    'ok',
    /CAP_SYS_ADMIN/,
  ],
  ['perf with both', { ...linux61, capabilities: both }, 'perf, sleepable', 'fail', /lacks CAP_SYS_ADMIN/],
  ['refused with one', { capabilities: ['CAP_BPF'] }, refused, 'fail', /lacks CAP_PERFMON/],
  ['refused with none', { capabilities: [] }, refused, 'fail', /lacks CAP_BPF and CAP_PERFMON/],
  ['refused with none on 6.1', { ...linux61, capabilities: [] }, refused, 'fail', /lacks CAP_SYS_ADMIN/],
  ['refused with all', {}, refused, 'fail', /no capability is missing/],
  ['refused with all, filtered', { seccomp: 2 }, refused, 'fail', /seccomp/],
  ['another error, with all', {}, unsuitable, 'ok', /CAP_BPF/],
  ['another error, with none', { capabilities: [] }, unsuitable, 'fail', /lacks CAP_BPF/],
  [
    'another error, in a user namespace',
    { links: { '/proc/self/ns/user': 'user:[4026532197]' } },
    unsuitable,
    'fail',
    /user namespace/,
  ],
  [
    'another error, locked down',
    { files: { '/sys/kernel/security/lockdown': 'none integrity [confidentiality]' } },
    unsuitable,
    'fail',
    /lockdown/,
  ],
  [
    'integrity alone does not matter',
    { files: { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality' } },
    unsuitable,
    'ok',
    /CAP_BPF/,
  ],
  ['no /proc', { capabilities: null }, unsuitable, 'warn', /unknown/],
])('%s', (_name, machine, attempt, status, detail) => {
  const line = checkPrivileges(fakeMachine(machine), attempt);
  expect(line.status).toBe(status);
  expect(line.detail).toMatch(detail);
});

test.each<[string, MachineParts, RegExp]>([
  ['a user', { uid: 1000, capabilities: [] }, /^run it with sudo$/],
  [
    'a user in a container',
    { uid: 1000, capabilities: [], files: { '/.dockerenv': '' } },
    /^run it with sudo$/,
  ],
  [
    'root in a container',
    { capabilities: [], files: { '/.dockerenv': '' } },
    /--cap-add BPF --cap-add PERFMON .*--pid=host/,
  ],
  [
    'root in a container on 6.1',
    { ...linux61, capabilities: [], files: { '/.dockerenv': '' } },
    /--cap-add SYS_ADMIN .*--pid=host/,
  ],
  ['root elsewhere', { capabilities: [] }, /^run it as root with all capabilities$/],
])('remedy for %s', (_name, machine, remedy) => {
  expect(checkPrivileges(fakeMachine(machine), refused).remedy).toMatch(remedy);
});
