import { expect, test } from 'vitest';
import { checkContainer } from '../../../src/diagnose/checks/container.ts';
import { checkNode } from '../../../src/diagnose/checks/node.ts';
import { checkPidNamespace } from '../../../src/diagnose/checks/pid-namespace.ts';
import { checkProcessAccess } from '../../../src/diagnose/checks/process-access.ts';
import { fakeMachine, type MachineParts } from '../fake-machine.ts';

test.each([
  ['20.19.0', 'ok'],
  ['20.20.2', 'ok'],
  ['22.0.0', 'ok'],
  ['100.1.0', 'ok'],
  ['20.18.3', 'fail'],
  ['18.20.4', 'fail'],
  ['', 'fail'],
])('Node.js %s is %s', (version, status) => {
  expect(checkNode(version).status).toBe(status);
});

test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['/.dockerenv', { '/.dockerenv': '' }, 'this looks like Docker (/.dockerenv)'],
  ['podman', { '/run/.containerenv': '' }, 'this looks like Podman (/run/.containerenv)'],
  [
    'a pod on docker',
    { '/.dockerenv': '', '/var/run/secrets/kubernetes.io': '' },
    'this looks like Kubernetes (/var/run/secrets/kubernetes.io)',
  ],
  [
    'docker, cgroup v1',
    { '/proc/self/cgroup': '5:devices:/docker/0123abcd\n' },
    'this looks like Docker (/proc/self/cgroup)',
  ],
  [
    'docker, systemd',
    { '/proc/self/cgroup': '0::/system.slice/docker-0123.scope\n' },
    'this looks like Docker (/proc/self/cgroup)',
  ],
  [
    'a pod',
    { '/proc/self/cgroup': '0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-0123.scope\n' },
    'this looks like Kubernetes (/proc/self/cgroup)',
  ],
  [
    'libpod',
    { '/proc/self/cgroup': '0::/machine.slice/libpod-0123.scope\n' },
    'this looks like Podman (/proc/self/cgroup)',
  ],
  [
    'lxc',
    { '/proc/self/cgroup': '0::/lxc.payload.web/init.scope\n' },
    'this looks like LXC (/proc/self/cgroup)',
  ],
  [
    "docker's own daemon is no container",
    { '/proc/self/cgroup': '0::/system.slice/docker.service\n' },
    undefined,
  ],
  ['a session', {}, undefined],
  ['a cgroup namespace', { '/proc/self/cgroup': '0::/\n' }, undefined],
])('container: %s', (_name, files, detail) => {
  expect(checkContainer(fakeMachine({ files }))?.detail).toBe(detail);
});

test.each<[string, MachineParts, string, RegExp]>([
  ['initial', {}, 'ok', /^$/],
  ['own', { links: { '/proc/self/ns/pid': 'pid:[4026532198]' } }, 'warn', /outside this pid namespace/],
  [
    'in a container',
    { links: { '/proc/self/ns/pid': 'pid:[4026532198]' }, files: { '/.dockerenv': '' } },
    'warn',
    /--pid=host/,
  ],
  ['unknown', { links: { '/proc/self/ns/pid': undefined } }, 'warn', /mount -t proc/],
])('pid namespace: %s', (_name, machine, status, remedy) => {
  const line = checkPidNamespace(fakeMachine(machine));
  expect(line.status).toBe(status);
  expect(line.remedy).toMatch(remedy);
});

test.each<[string, readonly string[], string, RegExp]>([
  ['both', ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'], 'ok', /every user/],
  ['the stronger of two', ['CAP_SYS_PTRACE', 'CAP_DAC_OVERRIDE'], 'ok', /every user/],
  ['no ptrace', ['CAP_DAC_READ_SEARCH'], 'warn', /user 1000 .*: CAP_SYS_PTRACE missing/],
  ['no files', ['CAP_SYS_PTRACE'], 'warn', /: CAP_DAC_READ_SEARCH missing/],
  ['none', [], 'warn', /CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH missing/],
])('processes of others: %s', (_name, capabilities, status, detail) => {
  const line = checkProcessAccess(fakeMachine({ capabilities, uid: 1000 }));
  expect(line.status).toBe(status);
  expect(line.detail).toMatch(detail);
});

test('capabilities of a user namespace reach its own processes only', () => {
  const line = checkProcessAccess(fakeMachine({ links: { '/proc/self/ns/user': 'user:[4026532197]' } }));
  expect(line).toMatchObject({ status: 'warn', detail: 'only those of this user namespace can be examined' });
});
