import type { BpfObject, ObjectSettings } from '../bpf/bpf-object.ts';
import { closeElsewhere, type Closing } from '../bpf/close-elsewhere.ts';
import { SystemError } from '../bpf/system-error.ts';
import {
  hasUprobeMulti,
  UprobeMultiLink,
  uprobeMultiAttachType,
  type UprobeSite,
} from '../bpf/uprobe-multi-link.ts';
import { UprobePerfLink } from '../bpf/uprobe-perf-link.ts';
import { encodeConfig, type OnlySite } from './encode-rows.ts';
import { loadPatiently } from './load-patiently.ts';
import { limit } from '../event/kernel-layout.ts';
import type { ProbeSite } from '../plan/probe-plan.ts';
import { readPidNamespace } from './pid-namespace.ts';

/** How programs run and are attached on this kernel, best first. */
export type AttachMethod =
  | 'uprobe_multi, sleepable'
  | 'perf, sleepable'
  | 'perf'
  | 'perf, one program per site';

export interface KernelSettings {
  readonly objectBytes: Buffer;
  /** Prefix of the object's program names, e.g. `gotls`. */
  readonly programPrefix: string;
  /** Name of the map with the family's profiles. */
  readonly profilesMap: string;
  readonly ringBytes: number;
  /** Room for all processes that a command starts. */
  readonly followsForks?: boolean;
  readonly filterPids: boolean;
  readonly filterUids: boolean;
  /** Application data is passed over; connections are told of still. */
  readonly handshakesOnly: boolean;
  /** Only this way of attaching, for tests of what older kernels get; undefined takes the best. */
  readonly method?: string | undefined;
}

/** A place of a file, and what a hit there means. */
export interface KernelSite extends UprobeSite {
  readonly kind: ProbeSite['kind'];
}

interface ProbeLink extends Disposable {
  release(): readonly number[];
}

/** Maps that all objects of a run share. */
const sharedMapNames: readonly string[] = [
  'ring',
  'counts',
  'sites',
  'ledger',
  'pids',
  'uids',
  'stopped',
  'scratch',
  'calls',
  'searching',
  'hellos',
  'tls_writes',
  'handshakes',
  'last_secrets',
];

/**
 * The loaded programs of one family. Which of several forms the kernel takes is found by trying: an unknown helper or
 * attach type is EINVAL, a missing capability EPERM (and ends the trying).
 */
export class KernelPrograms implements Disposable {
  readonly method: AttachMethod;
  readonly #settings: KernelSettings;
  readonly #main: BpfObject;
  readonly #links: ProbeLink[] = [];
  /** For single sites (Linux before 5.15). */
  readonly #objects: BpfObject[] = [];

  constructor(settings: KernelSettings) {
    this.#settings = settings;
    [this.method, this.#main] = loadBest(settings);
  }

  /** Whether the programs can wait for pages of a traced process (Linux 6.1). */
  get isSleepable(): boolean {
    return this.method === 'uprobe_multi, sleepable' || this.method === 'perf, sleepable';
  }

  mapFd(name: string): number {
    return this.#main.mapFd(name);
  }

  /** Attaches to places of one file; on failure nothing of this call stays attached. */
  attach(path: string, sites: readonly KernelSite[]): Disposable {
    const links: ProbeLink[] = [];
    try {
      if (this.method === 'uprobe_multi, sleepable') {
        links.push(new UprobeMultiLink(this.#main.programFd, path, sites));
      } else {
        for (const site of sites) links.push(this.#attachOne(path, site));
      }
    } catch (error) {
      disposeAll(links);
      throw error;
    }
    this.#links.push(...links);
    return { [Symbol.dispose]: () => this.#detachSome(links) };
  }

  /** While the capture goes on: nothing waits for it here. */
  #detachSome(links: readonly ProbeLink[]): void {
    for (const link of links) {
      const at = this.#links.indexOf(link);
      if (at >= 0) this.#links.splice(at, 1);
    }
    void closeElsewhere(links.flatMap((link) => link.release()));
  }

  #attachOne(path: string, site: KernelSite): ProbeLink {
    if (this.method !== 'perf, one program per site') {
      return new UprobePerfLink(this.#main.programFd, path, site, true);
    }
    const names = [...sharedMapNames, this.#settings.profilesMap];
    const sharedMaps = new Map(names.map((name) => [name, this.#main.mapFd(name)]));
    const object = loadPatiently({
      ...plain(this.#settings, { index: site.cookie, kind: site.kind }),
      sharedMaps,
    });
    this.#objects.push(object);
    return new UprobePerfLink(object.programFd, path, site, false);
  }

  /** How many separate links there are: each perf link takes the kernel about 100 ms to remove. */
  get linkCount(): number {
    return this.#links.length;
  }

  /** Detaches everything; what that waits for is in {@link closeElsewhere}. */
  detach(): Promise<Closing> {
    return closeElsewhere(this.#links.splice(0).flatMap((link) => link.release()));
  }

  /** Detaches too, and waits for it. */
  [Symbol.dispose](): void {
    disposeAll(this.#links.splice(0));
    disposeAll(this.#objects.splice(0));
    this.#main[Symbol.dispose]();
  }
}

function loadBest(settings: KernelSettings): [AttachMethod, BpfObject] {
  const forms: readonly (readonly [AttachMethod, ObjectSettings])[] = [
    ['uprobe_multi, sleepable', { ...sleepable(settings), expectedAttachType: uprobeMultiAttachType }],
    ['perf, sleepable', sleepable(settings)],
    ['perf', plain(settings, null)],
    ['perf, one program per site', plain(settings, { index: 0, kind: undefined })],
  ];
  let last: unknown = new SystemError(`attach by ${settings.method ?? 'any method'}`, -95);
  for (const [method, form] of forms) {
    if (settings.method !== undefined && settings.method !== method) continue;
    try {
      const object = loadPatiently(form);
      if (method !== 'uprobe_multi, sleepable' || hasUprobeMulti(object.programFd)) return [method, object];
      object[Symbol.dispose]();
    } catch (error) {
      // EACCES is also what the verifier says of a program that it does not understand.
      if (!(error instanceof SystemError) || error.code === 'EPERM') throw error;
      last = error;
    }
  }
  throw last;
}

function sleepable(settings: KernelSettings): ObjectSettings {
  return form(settings, 'sleepable', null);
}

function plain(settings: KernelSettings, onlySite: OnlySite | null): ObjectSettings {
  return form(settings, 'plain', onlySite);
}

function form(
  settings: KernelSettings,
  kind: 'sleepable' | 'plain',
  onlySite: OnlySite | null,
): ObjectSettings {
  const maySleep = kind === 'sleepable';
  const config = encodeConfig({ ...settings, pidNamespace: readPidNamespace(), maySleep, onlySite });
  return {
    bytes: settings.objectBytes,
    program: `${settings.programPrefix}_${kind}`,
    mapEntries: {
      ring: settings.ringBytes,
      ...(settings.followsForks ? { pids: limit.maxFollowed } : {}),
    },
    initialValues: { '.rodata.config': config },
  };
}

function disposeAll(things: readonly Disposable[]): void {
  for (const thing of things) thing[Symbol.dispose]();
}
