import { SystemError } from '../bpf/system-error.ts';
import type { TcDirection } from '../bpf/tc-direction.ts';
import type { InterfaceCountersEvent, InterfaceEvent } from '../event/event.ts';
import { limit } from '../event/kernel-layout.ts';
import type { Fact } from '../event/recording-format.ts';
import type { NetworkLink } from '../packet/interfaces/network-link.ts';
import { readMonotonicNs } from './clock.ts';
import type { EventSource } from './event-source.ts';
import { readInterfaceCounters } from './interface-counters.ts';
import { PacketPrograms, type PacketProgramSettings } from './packet-programs.ts';
import { PacketScope, type AttachableLink, type ScopeSettings } from './packet-scope.ts';
import { attachToInterface, cleanInterface, findTcMethod, type TcMethod } from './tc-hook.ts';

export interface PacketCaptureSettings extends PacketProgramSettings {
  readonly scopes: readonly ScopeSettings[];
  /** Null: both. */
  readonly direction: TcDirection | null;
  /** The tcpdump expression, as it is told. */
  readonly filter: string;
  /** Only this way of attaching, for tests of what older kernels get; undefined takes the best. */
  readonly method?: TcMethod | undefined;
  /** What the user should know: an interface that cannot be captured, or not any more. */
  readonly onNotice: (notice: PacketNotice) => void;
}

export type PacketNotice =
  | { readonly type: 'unusable'; readonly interface: string; readonly hardwareType: number }
  | { readonly type: 'failed'; readonly interface: string; readonly error: Error }
  | {
      readonly type: 'attached';
      readonly interface: string;
      readonly isFirst: boolean;
      readonly isAtStart: boolean;
    };

/** Changes of interfaces are looked for this often: how long a new one is not captured. */
const watchMs = 50;

/** Programs on network interfaces whose packets go into the ring of a capture session. Attached once constructed. */
export class PacketCapture implements EventSource, Disposable {
  readonly method: TcMethod;
  readonly #settings: PacketCaptureSettings;
  readonly #programs: PacketPrograms;
  readonly #scopes: PacketScope[] = [];
  readonly #interfaces: InterfaceEvent[] = [];
  readonly #told = new Map<number, InterfaceCountersEvent>();
  #announce: ((fact: Fact) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Throws {@link SystemError} when the kernel refuses the programs, or to attach them to what is there. */
  constructor(settings: PacketCaptureSettings) {
    this.#settings = settings;
    this.#programs = new PacketPrograms(settings);
    try {
      this.method = settings.method ?? findTcMethod(this.#programs.programFd);
      for (const scope of settings.scopes) this.#addScope(scope);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Those that were attached so far, in order. */
  get interfaces(): readonly InterfaceEvent[] {
    return this.#interfaces;
  }

  /** Tells the interfaces that are attached, and from now on those that appear. */
  start(announce: (fact: Fact) => void): void {
    this.#announce = announce;
    for (const one of this.#interfaces) announce(one);
    this.#timer = setInterval(() => {
      for (const scope of this.#scopes) scope.followChanges();
    }, watchMs);
  }

  /** Attaches to one more interface, where only named ones are captured; whether it was not wanted before. */
  want(scopeLabel: string, name: string): boolean {
    const scope = this.#scopes.find(({ label }) => label === scopeLabel);
    if (scope === undefined || !scope.want(name)) return false;
    scope.attachAll();
    return true;
  }

  takeFacts(timeNs: number): InterfaceCountersEvent[] {
    return this.#interfaces.flatMap(({ id }) => {
      const { received, dropped } = readInterfaceCounters(this.#programs.countersFd, id);
      const told = this.#told.get(id);
      if (told?.receivedPackets === received && told.droppedPackets === dropped) return [];
      const event: InterfaceCountersEvent = {
        type: 'interface-counters',
        timeNs,
        id,
        receivedPackets: received,
        droppedPackets: dropped,
      };
      this.#told.set(id, event);
      return [event];
    });
  }

  /** Detaches; the counters can still be read. */
  stop(): void {
    clearInterval(this.#timer);
    for (const scope of this.#scopes) scope.detach();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const scope of this.#scopes.splice(0)) scope[Symbol.dispose]();
    this.#programs[Symbol.dispose]();
  }

  #addScope(settings: ScopeSettings): void {
    const scope = new PacketScope(settings, {
      attach: (_, link, known) => this.#attach(scope, link, known),
      onUnusable: (_, link) =>
        this.#settings.onNotice({
          type: 'unusable',
          interface: nameOf(scope, link),
          hardwareType: link.hardwareType,
        }),
    });
    this.#scopes.push(scope);
    for (const { index } of scope.watch.readLinks()) cleanInterface(this.method, scope.namespace, index);
    scope.attachAll();
  }

  #attach(
    scope: PacketScope,
    link: AttachableLink,
    known: number | undefined,
  ): { id: number; links: Disposable } | undefined {
    const id = known ?? this.#interfaces.length;
    if (id >= limit.maxInterfaces) return undefined;
    const isFirst = known === undefined;
    if (isFirst) this.#tell(scope, link, id);
    try {
      const links = this.#attachDirections(scope, link, id);
      this.#settings.onNotice({
        type: 'attached',
        interface: nameOf(scope, link),
        isFirst,
        isAtStart: this.#announce === undefined,
      });
      return { id, links };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Gone again already; while others are attached, one that fails is told and does not end the capture.
      const isGone = error instanceof SystemError && error.code === 'ENODEV';
      if (this.#announce === undefined && !scope.isOpen && !isGone) throw error;
      if (!isGone) this.#settings.onNotice({ type: 'failed', interface: nameOf(scope, link), error });
      return { id, links: { [Symbol.dispose]: () => undefined } };
    }
  }

  #tell(scope: PacketScope, link: AttachableLink, id: number): void {
    const event: InterfaceEvent = {
      type: 'interface',
      timeNs: readMonotonicNs(),
      id,
      name: link.name,
      index: link.index,
      linkType: link.linkType,
      namespace: scope.label,
      filter: this.#settings.filter,
      snapLengthBytes: this.#settings.snapLengthBytes,
    };
    this.#interfaces.push(event);
    this.#announce?.(event);
  }

  /** On the loopback device each packet leaves and arrives: it is seen once, where it still has its sender's socket. */
  #attachDirections(scope: PacketScope, link: AttachableLink, id: number): Disposable {
    const { direction } = this.#settings;
    const directions: readonly TcDirection[] = link.isLoopback
      ? ['out']
      : direction === null
        ? ['in', 'out']
        : [direction];
    const links: Disposable[] = [];
    const dispose = (): void => links.splice(0).forEach((one) => one[Symbol.dispose]());
    try {
      for (const one of directions) {
        links.push(
          this.#programs.withEntry(link.linkType, id, one, (programFd) =>
            attachToInterface(this.method, scope.namespace, link.index, one, programFd),
          ),
        );
      }
    } catch (error) {
      dispose();
      throw error;
    }
    return { [Symbol.dispose]: dispose };
  }
}

function nameOf(scope: PacketScope, link: NetworkLink): string {
  return scope.label === '' ? link.name : `${scope.label}:${link.name}`;
}
