import type { Host } from './host.ts';

export interface Container {
  /** For display: `Docker`. */
  readonly kind: string;
  /** The path that gave it away. */
  readonly hint: string;
}

/** Whether this process seems to be in a container: a hint for remedies, never a reason to refuse. */
export function findContainer(host: Host): Container | undefined {
  const marker = markers.find(({ path }) => host.exists(path));
  if (marker !== undefined) return { kind: marker.kind, hint: marker.path };
  const cgroup = host.readFile(cgroupPath) ?? '';
  const named = cgroupNames.find(({ pattern }) => pattern.test(cgroup));
  return named === undefined ? undefined : { kind: named.kind, hint: cgroupPath };
}

const cgroupPath = '/proc/self/cgroup';

const markers = [
  { path: '/var/run/secrets/kubernetes.io', kind: 'Kubernetes' },
  { path: '/run/.containerenv', kind: 'Podman' },
  { path: '/.dockerenv', kind: 'Docker' },
];

/** How runtimes name the control groups of their containers; with a cgroup namespace only `/` is seen. */
const cgroupNames = [
  { pattern: /kubepods/, kind: 'Kubernetes' },
  { pattern: /libpod/, kind: 'Podman' },
  { pattern: /\/docker[/-]/, kind: 'Docker' },
  { pattern: /\/lxc(?:\.payload)?[./]/, kind: 'LXC' },
  { pattern: /\/(?:cri-containerd|crio|nerdctl)-/, kind: 'a container' },
];
