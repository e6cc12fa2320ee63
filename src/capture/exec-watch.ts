import type { BpfObject } from '../bpf/bpf-object.ts';
import { updateElement } from '../bpf/map-access.ts';
import { RawTracepoint } from '../bpf/raw-tracepoint.ts';
import { RingBuffer } from '../bpf/ring-buffer.ts';
import { waitReadable } from '../bpf/wait-readable.ts';
import { execEvent, fileId, limit } from '../event/kernel-layout.ts';
import { encodeConfig } from './encode-rows.ts';
import { loadPatiently } from './load-patiently.ts';
import { readPidNamespace } from './pid-namespace.ts';

/** A process that is stopped before the first instruction of the file that it begins to run. */
export interface StoppedExec {
  readonly pid: number;
  /** Names the file's contents to the kernel side. */
  readonly fileId: Buffer;
}

export interface ExecWatchSettings {
  readonly objectBytes: Buffer;
  /** Descriptors of the session's maps, by name. */
  readonly sharedMaps: ReadonlyMap<string, number>;
  readonly onExec: (exec: StoppedExec) => void;
}

const tracepoints = [
  ['sched_process_exit', 'follow_exit'],
  ['sched_process_fork', 'follow_fork'],
  ['sched_process_exec', 'follow_exec'],
] as const;

/** How long the end of this process may have to wait for the waiting thread. */
const waitMs = 250;
const mostBytes = 1 << 20;

/**
 * Follows the children of processes that are marked as always wanted: they get the mark, and are stopped, once per
 * file, when they begin to run it. Whoever is told of one has to let it go on.
 */
export class ExecWatch implements Disposable {
  readonly #settings: ExecWatchSettings;
  readonly #objects: BpfObject[] = [];
  readonly #links: RawTracepoint[] = [];
  readonly #ring: RingBuffer;
  readonly #ringFd: number;
  readonly #knownFiles: number;
  #closed = false;
  #waiting: Promise<unknown> = Promise.resolve();

  constructor(settings: ExecWatchSettings) {
    this.#settings = settings;
    const own = new Map<string, number>();
    try {
      for (const [tracepoint, program] of tracepoints) {
        const object = this.#load(program, own);
        for (const name of ['execs', 'known_files']) own.set(name, object.mapFd(name));
        this.#links.push(new RawTracepoint(object.programFd, tracepoint));
      }
    } catch (error) {
      this.#detach();
      throw error;
    }
    this.#ringFd = own.get('execs') ?? -1;
    this.#knownFiles = own.get('known_files') ?? -1;
    this.#ring = new RingBuffer(this.#ringFd, limit.execRingBytes);
    void this.#watch();
  }

  /** Processes that run it later are not stopped. */
  markKnown(fileId: Buffer): void {
    updateElement(this.#knownFiles, fileId, Buffer.of(1));
  }

  /** Nobody is stopped any more; those who were are told of once more. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#detachTracepoints();
    await this.#waiting;
    this.#drain();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#ring[Symbol.dispose]();
    this.#detach();
  }

  #load(program: string, own: ReadonlyMap<string, number>): BpfObject {
    const object = loadPatiently({
      bytes: this.#settings.objectBytes,
      program,
      initialValues: {
        '.rodata.config': encodeConfig({
          filterPids: false,
          filterUids: false,
          handshakesOnly: false,
          pidNamespace: readPidNamespace(),
          onlySite: null,
        }),
      },
      sharedMaps: new Map([...this.#settings.sharedMaps, ...own]),
    });
    this.#objects.push(object);
    return object;
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      const readable = waitReadable(this.#ringFd, waitMs);
      this.#waiting = readable;
      if (await readable) this.#drain();
    }
  }

  #drain(): void {
    this.#ring.drain((memory, start) => {
      const pid = memory.readUInt32LE(start + execEvent.pid);
      const at = start + execEvent.file;
      this.#settings.onExec({ pid, fileId: Buffer.from(memory.subarray(at, at + fileId.sizeBytes)) });
    }, mostBytes);
  }

  #detachTracepoints(): void {
    for (const link of this.#links.splice(0)) link[Symbol.dispose]();
  }

  #detach(): void {
    this.#detachTracepoints();
    for (const object of this.#objects.splice(0)) object[Symbol.dispose]();
  }
}
