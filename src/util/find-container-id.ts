/** A container as its runtime names it in the path of a control group. */
export interface ContainerName {
  /** For display: `Docker`. */
  readonly runtime: string;
  /** 64 hexadecimal digits where the runtime numbers its containers, else the container's own name. */
  readonly id: string;
}

/**
 * The container that a process runs in, from the text of /proc/PID/cgroup: lines of `hierarchy:controllers:path`. Of
 * nested ones the innermost. Undefined for a process of the host, or when a cgroup namespace hides the path.
 */
export function findContainerId(cgroups: string): ContainerName | undefined {
  for (const line of cgroups.split('\n')) {
    const path = /^\d+:[^:]*:(\/.*)$/.exec(line)?.[1];
    const found = path === undefined ? undefined : findInPath(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInPath(path: string): ContainerName | undefined {
  const parts = path.split('/');
  for (let index = parts.length - 1; index > 0; index--) {
    const part = parts[index] ?? '';
    const parent = parts[index - 1] ?? '';
    for (const { runtime, pattern, below } of forms) {
      if (below !== undefined && !below.test(parent)) continue;
      const id = pattern.exec(part)?.[1];
      if (id !== undefined && id !== '') return { runtime: nameRuntime(runtime, path), id: unescape(id) };
    }
  }
  return undefined;
}

/** Kubernetes starts containers through any runtime; what people look for is its pod. */
function nameRuntime(runtime: string, path: string): string {
  return path.includes('kubepods') ? 'Kubernetes' : runtime;
}

/** systemd writes characters that are not allowed in names of units as `\x2d`. */
function unescape(name: string): string {
  return name.replaceAll(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
}

/** One folder of the path: the systemd driver's `.scope` units, then the cgroupfs driver's, below a folder that tells. */
const forms: readonly {
  readonly runtime: string;
  readonly pattern: RegExp;
  readonly below?: RegExp;
}[] = [
  { runtime: 'Docker', pattern: /^docker-([0-9a-f]{64})\.scope$/ },
  // `libpod-conmon-…` is Podman's monitor, outside of its container; `libpod_…` and `crio-conmon-…` likewise.
  { runtime: 'Podman', pattern: /^libpod-([0-9a-f]{64})(?:\.scope)?$/ },
  { runtime: 'containerd', pattern: /^cri-containerd-([0-9a-f]{64})\.scope$/ },
  { runtime: 'containerd', pattern: /^nerdctl-([0-9a-f]{64})\.scope$/ },
  { runtime: 'CRI-O', pattern: /^crio-([0-9a-f]{64})(?:\.scope)?$/ },
  { runtime: 'containerd', pattern: /^([0-9a-f]{64})$/, below: /^(?:default|k8s\.io|moby)$/ },
  { runtime: 'Docker', pattern: /^([0-9a-f]{64})$/, below: /^docker$/ },
  // Pods' own folders: `podUID`, or `….slice:cri-containerd:ID` where the drivers of kubelet and runtime differ.
  { runtime: 'containerd', pattern: /^[^:]*:cri-containerd:([0-9a-f]{64})$/ },
  { runtime: 'CRI-O', pattern: /^[^:]*:crio:([0-9a-f]{64})$/ },
  { runtime: 'Kubernetes', pattern: /^([0-9a-f]{64})$/, below: /^(?:pod[0-9a-f_-]+|kubepods.*)$/ },
  { runtime: 'systemd-nspawn', pattern: /^systemd-nspawn@([^/]+)\.service$/ },
  { runtime: 'systemd-machined', pattern: /^machine-(?!qemu)([^/]+)\.scope$/ },
  { runtime: 'LXC', pattern: /^lxc\.payload\.([^/]+)$/ },
  { runtime: 'LXC', pattern: /^([^/]+)$/, below: /^lxc(?:\.payload)?$/ },
  { runtime: 'a container', pattern: /^(?:[a-z][a-z0-9]*-)([0-9a-f]{64})\.scope$/ },
  { runtime: 'a container', pattern: /^([0-9a-f]{64})$/ },
];
