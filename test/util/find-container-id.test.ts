import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findContainerId } from '../../src/util/find-container-id.ts';

const id = '4f5e'.repeat(16);
const other = 'ab01'.repeat(16);
const pod = 'kubepods-burstable-pod6f1c0f0e_5a7c_4d2f_9f54_0a4b6a3d7a10.slice';

test.each([
  ['Docker, systemd', `0::/system.slice/docker-${id}.scope`, 'Docker', id],
  ['Docker, cgroupfs', `0::/docker/${id}`, 'Docker', id],
  ['Docker, cgroup v1', `12:pids:/docker/${id}\n1:name=systemd:/docker/${id}`, 'Docker', id],
  ['a process’s own group below', `0::/system.slice/docker-${id}.scope/init.scope`, 'Docker', id],
  ['Docker in Docker', `0::/docker/${other}/docker/${id}`, 'Docker', id],
  ['Podman', `0::/machine.slice/libpod-${id}.scope/container`, 'Podman', id],
  [
    'Podman without root',
    `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`,
    'Podman',
    id,
  ],
  ['Podman, cgroupfs', `0::/libpod_parent/libpod-${id}`, 'Podman', id],
  ['nerdctl', `0::/system.slice/nerdctl-${id}.scope`, 'containerd', id],
  ['containerd itself', `0::/default/${id}`, 'containerd', id],
  [
    'Kubernetes, systemd',
    `0::/kubepods.slice/kubepods-burstable.slice/${pod}/cri-containerd-${id}.scope`,
    'Kubernetes',
    id,
  ],
  [
    'Kubernetes, cgroupfs',
    `0::/kubepods/besteffort/pod6f1c0f0e-5a7c-4d2f-9f54-0a4b6a3d7a10/${id}`,
    'Kubernetes',
    id,
  ],
  ['Kubernetes, CRI-O', `0::/kubepods.slice/${pod}/crio-${id}.scope`, 'Kubernetes', id],
  [
    'Kubernetes, drivers that differ',
    `0::/system.slice/containerd.service/${pod}:cri-containerd:${id}`,
    'Kubernetes',
    id,
  ],
  ['kind', `0::/docker/${other}/kubelet/kubepods/pod1/${id}`, 'Kubernetes', id],
  ['seen from another container', `0::/../../system.slice/docker-${id}.scope`, 'Docker', id],
  [
    'systemd-nspawn',
    '0::/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service',
    'systemd-nspawn',
    'web',
  ],
  [
    'machinectl, escaped',
    String.raw`0::/machine.slice/machine-my\x2dbox.scope`,
    'systemd-machined',
    'my-box',
  ],
  ['LXC', '0::/lxc.payload.web/system.slice/ssh.service', 'LXC', 'web'],
  ['LXC, cgroup v1', '7:memory:/lxc/web', 'LXC', 'web'],
  ['an unknown runtime', `0::/ecs/0123/${id}`, 'a container', id],
])('%s', (_, text, runtime, container) => {
  expect(findContainerId(`${text}\n`)).toEqual({ runtime, id: container });
});

test.each([
  ['the root', '0::/'],
  ['a service', '0::/system.slice/ssh.service'],
  ['a session', '0::/user.slice/user-1000.slice/session-3.scope'],
  ['Docker’s own daemon', '0::/system.slice/docker.service'],
  ['Podman’s monitor', `0::/machine.slice/libpod-conmon-${id}.scope`],
  ['CRI-O’s monitor', `0::/system.slice/crio-conmon-${id}.scope`],
  ['a virtual machine', String.raw`0::/machine.slice/machine-qemu\x2d1\x2dweb.scope`],
  ['LXC’s monitor', '0::/lxc.monitor.web'],
  ['nothing', ''],
])('%s is no container', (_, text) => {
  expect(findContainerId(text)).toBeUndefined();
});

test('any text is read without an error, and an identity is never empty', () => {
  const piece = fc.constantFrom(
    '0::',
    '/',
    'docker',
    'lxc',
    '-',
    id,
    '.scope',
    'machine-',
    'kubepods',
    '\n',
    '\\x2d',
    ':',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (any) => {
      expect(findContainerId(any)?.id).not.toBe('');
    }),
    { numRuns: 10_000 },
  );
});
