import type { BpfObject } from '../bpf/bpf-object.ts';
import { CgroupLink } from '../bpf/cgroup-link.ts';
import { ControlGroupRoot } from '../bpf/control-group-root.ts';
import { RawTracepoint } from '../bpf/raw-tracepoint.ts';
import { SystemError } from '../bpf/system-error.ts';
import { ownerConfig } from '../event/kernel-layout.ts';
import { addOlderSockets } from './older-sockets.ts';
import { loadPatiently } from './load-patiently.ts';
import { cgroupHooks, receiveHook, stateHook, type OwnerHook } from './owner-hooks.ts';
import { readPidNamespace } from './pid-namespace.ts';

/** Maps of bpf/owner-maps.bpf.h. */
const mapNames = [
  'owners_of_sockets',
  'owners_by_cookie',
  'owners_by_address',
  'owners_by_flow',
  'owners_by_fragment',
] as const;

/**
 * Notes which process takes which socket, from its start until it is disposed; sockets that are older are looked up once.
 * What it knows is in its maps, for the programs that see packets. Where the kernel lacks a hook, less is known: `notes`.
 */
export class OwnerTracking implements Disposable {
  /** By name, to be shared with the object that has the packets' programs; empty when no program could be loaded. */
  readonly maps: ReadonlyMap<string, number>;
  /** What will not be known, and why; for people. */
  readonly notes: readonly string[];
  readonly #held: Disposable[];

  /**
   * `objectBytes`: the compiled bpf/owners.bpf.c; `onlyTracepoints` leaves out the hooks of control groups, for tests of
   * what there is without them. Throws `SystemError` only where privileges are missing.
   */
  constructor(objectBytes: Buffer, onlyTracepoints = false) {
    const hooks = new AttachedHooks(objectBytes);
    try {
      if (!onlyTracepoints) attachCgroupHooks(hooks);
      hooks.attach(stateHook, undefined);
      hooks.attach(receiveHook, undefined);
      const cookies = hooks.maps.get('owners_by_cookie');
      if (cookies !== undefined) hooks.notes.push(...addOlderSockets(cookies));
    } catch (error) {
      disposeAll(hooks.held);
      throw error;
    }
    this.maps = hooks.maps;
    this.notes = hooks.notes;
    this.#held = hooks.held;
  }

  [Symbol.dispose](): void {
    disposeAll(this.#held.splice(0));
  }
}

function attachCgroupHooks(hooks: AttachedHooks): void {
  let root: ControlGroupRoot;
  try {
    root = new ControlGroupRoot();
  } catch (error) {
    hooks.notes.push(`no control groups (${describe(error)}): owners of UDP packets are not known`);
    return;
  }
  try {
    for (const hook of cgroupHooks) hooks.attach(hook, root.fd);
  } finally {
    root[Symbol.dispose]();
  }
  if (root.isWholeHost) return;
  hooks.notes.push(
    'this is a cgroup namespace: owners of UDP packets are not known for processes outside of it',
  );
}

/** Programs that were loaded and attached, each by itself, around the same maps. */
class AttachedHooks {
  readonly maps = new Map<string, number>();
  readonly notes: string[] = [];
  readonly held: Disposable[] = [];
  readonly #objectBytes: Buffer;
  readonly #attached = new Set<OwnerHook>();

  constructor(objectBytes: Buffer) {
    this.#objectBytes = objectBytes;
  }

  attach(hook: OwnerHook, cgroupFd: number | undefined): void {
    try {
      const object = this.#load(hook);
      this.held.push(object);
      // Closed before its program.
      this.held.unshift(openLink(hook, object.programFd, cgroupFd));
      this.#attached.add(hook);
    } catch (error) {
      if (!(error instanceof SystemError) || error.code === 'EPERM') throw error;
      this.notes.push(`not known: ${hook.without} (${describe(error)})`);
    }
  }

  #load(hook: OwnerHook): BpfObject {
    // An address may be noted only where its end is noticed, too.
    const byAddress = hook === stateHook || this.#attached.has(stateHook);
    const object = loadPatiently({
      bytes: this.#objectBytes,
      program: hook.program,
      initialValues: { '.rodata.owners': encodeOwnerConfig(byAddress) },
      sharedMaps: this.maps,
    });
    if (this.maps.size === 0) for (const name of mapNames) this.maps.set(name, object.mapFd(name));
    return object;
  }
}

function openLink(hook: OwnerHook, programFd: number, cgroupFd: number | undefined): Disposable {
  const { at } = hook;
  if (at.type === 'tracepoint') return new RawTracepoint(programFd, at.name);
  if (cgroupFd === undefined) throw new Error(`${hook.program} needs a control group`);
  return new CgroupLink(programFd, cgroupFd, at.hook);
}

/** `struct owner_config`. */
function encodeOwnerConfig(byAddress: boolean): Buffer {
  const block = Buffer.alloc(ownerConfig.sizeBytes);
  block.writeBigUInt64LE(readPidNamespace()?.inode ?? 0n, ownerConfig.pidNamespaceInode);
  block.writeUInt32LE(byAddress ? 1 : 0, ownerConfig.byAddress);
  return block;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function disposeAll(things: readonly Disposable[]): void {
  for (const thing of things) thing[Symbol.dispose]();
}
