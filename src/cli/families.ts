import { readFileSync } from 'node:fs';
import type { ByteSource } from '../binary/byte-source.ts';
import { planGo } from '../family/go/plan-go.ts';
import type { PlanResult, SiteRole } from '../plan/probe-plan.ts';

/** What the command line needs to know of a TLS family; a new one is a new entry here. */
export interface Family {
  readonly name: string;
  /** `essential`: roles without which the file is refused; by default what text needs. */
  readonly plan: (source: ByteSource, path: string, essential?: readonly SiteRole[]) => PlanResult;
  /** Name of its BPF object and prefix of its programs. */
  readonly programPrefix: string;
  readonly profilesMap: string;
}

export const goFamily: Family = {
  name: 'gotls',
  plan: (source, path, essential) =>
    planGo(source, path, { ...readStrategies(), ...(essential && { essential }) }),
  programPrefix: 'gotls',
  profilesMap: 'go_profiles',
};

/** BPF objects are built for both architectures and lie beside the compiled program. */
export function readObject(family: Family): Buffer {
  return readObjectFile(family.programPrefix);
}

/** `name` of a bpf/*.bpf.c. */
export function readObjectFile(name: string): Buffer {
  const folder = process.arch === 'arm64' ? 'arm64' : 'x86-64';
  return readFileSync(new URL(`../bpf/${folder}/${name}.bpf.o`, import.meta.url));
}

/** For tests and bug hunting: strategies by name instead of the best one, e.g. `ret-spill,push-after-check`. */
function readStrategies(): { strategies?: readonly string[] } {
  const names = process.env['TLSTAP_STRATEGIES']?.split(',').filter((name) => name !== '');
  return names && names.length > 0 ? { strategies: names } : {};
}
