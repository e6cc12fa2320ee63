import { setPriority } from 'node:os';
import type { CaptureSession } from '../capture/capture-session.ts';
import { OwnerTracking } from '../capture/owner-tracking.ts';
import { PacketCapture, type PacketNotice } from '../capture/packet-capture.ts';
import type { TcMethod } from '../capture/tc-hook.ts';
import type { InterfaceEvent } from '../event/event.ts';
import type { Fact } from '../event/recording-format.ts';
import { createFilterCompiler } from './compile-packet-filter.ts';
import { readObjectFile } from './families.ts';
import type { PacketOptions } from './packet-options.ts';
import { planInterfaces, type InterfacePlan } from './plan-interfaces.ts';

export interface LivePacketsSettings {
  readonly options: PacketOptions;
  readonly filterPids: boolean;
  readonly filterUids: boolean;
  /** Processes that are captured, as far as they are known now. */
  readonly pids: readonly number[];
  readonly arePidsNamed: boolean;
  readonly onNotice: (notice: PacketNotice) => void;
}

/** Maps of a session that the packets' programs share. */
const sharedMapNames: readonly string[] = ['ring', 'counts', 'sites', 'ledger', 'pids', 'uids', 'stopped'];

/** Packets of a live run: who owns sockets, and programs on interfaces. Attached once constructed. */
export class LivePackets implements Disposable {
  readonly plan: InterfacePlan;
  readonly #owners: OwnerTracking;
  readonly #capture: PacketCapture;

  /** Throws {@link SystemError} or {@link UserError} when it cannot be loaded or attached. */
  constructor(session: CaptureSession, settings: LivePacketsSettings) {
    const { options } = settings;
    const compileFilter = createFilterCompiler(options.filter);
    // Said before anything is attached; expressions may hold names that have to be looked up.
    compileFilter('ethernet');
    this.plan = planInterfaces({
      choices: options.interfaces,
      pids: settings.pids,
      arePidsNamed: settings.arePidsNamed,
    });
    this.#owners = new OwnerTracking(readObjectFile('owners'));
    try {
      this.#capture = new PacketCapture({
        objectBytes: readObjectFile('packets'),
        sharedMaps: new Map([
          ...sharedMapNames.map((name) => [name, session.mapFd(name)] as const),
          ...this.#owners.maps,
        ]),
        filterPids: settings.filterPids,
        filterUids: settings.filterUids,
        snapLengthBytes: options.snapLengthBytes,
        compileFilter,
        scopes: this.plan.scopes,
        direction: options.direction,
        filter: options.filter,
        // For tests: what older kernels get can be tried on a new one.
        method: readMethod(process.env['TLSTAP_TC']),
        onNotice: settings.onNotice,
      });
    } catch (error) {
      this.#owners[Symbol.dispose]();
      throw error;
    }
    session.addSource(this.#capture);
  }

  get interfaces(): readonly InterfaceEvent[] {
    return this.#capture.interfaces;
  }

  get method(): TcMethod {
    return this.#capture.method;
  }

  /** What will not be known of processes, and why. */
  get notes(): readonly string[] {
    return this.#owners.notes;
  }

  start(announce: (fact: Fact) => void): void {
    raisePriority();
    this.#capture.start(announce);
  }

  [Symbol.dispose](): void {
    this.#capture[Symbol.dispose]();
    this.#owners[Symbol.dispose]();
  }
}

/** The reader must not starve while programs exchange data at full speed. Not permitted to everybody, and no must. */
function raisePriority(): void {
  try {
    setPriority(-15);
  } catch {
    // It is captured all the same.
  }
}

function readMethod(text: string | undefined): TcMethod | undefined {
  return text === 'tcx' || text === 'clsact' ? text : undefined;
}
