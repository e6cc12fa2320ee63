import { readdirSync } from 'node:fs';
import { parseElf } from '../../binary/elf.ts';
import { findGoBuildInfo } from '../../binary/go/build-info.ts';
import { NetworkNamespace } from '../../bpf/network-namespace.ts';
import { InterfaceWatch } from '../../packet/interfaces/interface-watch.ts';
import { findLinkType } from '../../packet/interfaces/network-link.ts';
import { findComm } from '../../targets/find-processes.ts';
import { findFileKey, openTargetPath } from '../../targets/open-target.ts';
import type { Choice } from './describe-extcap.ts';

/** Go programs that run, as far as they may be looked at; each file is looked at once. */
export function findGoProcesses(): Choice[] {
  const known = new Map<string, boolean>();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const path = `/proc/${name}/exe`;
      const key = findFileKey(path);
      if (key === undefined) return [];
      const isGo = known.get(key) ?? isGoProgram(path);
      known.set(key, isGo);
      const comm = findComm(Number(name));
      return isGo && comm !== undefined ? [{ value: name, display: `${comm} [${name}]` }] : [];
    });
}

function isGoProgram(path: string): boolean {
  try {
    using file = openTargetPath(path);
    const elf = parseElf(file.source);
    return elf.ok && findGoBuildInfo(elf.elf) !== undefined;
  } catch {
    // Gone, or not ours to read.
    return false;
  }
}

export function findInterfaces(): Choice[] {
  using namespace = new NetworkNamespace('/proc/self/ns/net');
  using watch = new InterfaceWatch(namespace);
  const links = watch.readLinks().filter(({ hardwareType }) => findLinkType(hardwareType) !== undefined);
  return [
    { value: 'any', display: 'all, also those that appear later' },
    ...links.map(({ name, isUp }) => ({ value: name, display: isUp ? name : `${name} (down)` })),
  ];
}
