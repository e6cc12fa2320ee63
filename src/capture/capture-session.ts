import { setTimeout as sleep } from 'node:timers/promises';
import type { Closing } from '../bpf/close-elsewhere.ts';
import { updateElement } from '../bpf/map-access.ts';
import { RingBuffer, type RecordHandler } from '../bpf/ring-buffer.ts';
import { PacketOwners } from '../event/decode-packet.ts';
import { decodeRecord } from '../event/decode-record.ts';
import type { CaptureEvent, Counters, OffsetsEvent, OpenEvent } from '../event/event.ts';
import type { Fact } from '../event/recording-format.ts';
import { identity, openEvent, pidMark } from '../event/kernel-layout.ts';
import { readMonotonicNs } from './clock.ts';
import { readCounters } from './counters.ts';
import { encodeIndex } from './encode-rows.ts';
import type { EventSource } from './event-source.ts';
import { KernelPrograms, type AttachMethod } from './kernel-programs.ts';
import { Ledger } from './ledger.ts';
import { OwnerFacts } from './owner-facts.ts';
import { ProbedFiles } from './probed-files.ts';
import { ProcessWatch } from './process-watch.ts';
import { SocketSearch } from './socket-search.ts';

export interface CaptureSettings {
  readonly objectBytes: Buffer;
  readonly programPrefix: string;
  readonly profilesMap: string;
  /** A power of two. */
  readonly ringBytes: number;
  readonly pids: readonly number[];
  /** A process of ours that passes every filter; alone with no filter at all, it is not one. */
  readonly ownPid: number | null;
  /** Whether only `pids` and `ownPid` are captured. */
  readonly filterPids: boolean;
  /** Whether the children of `ownPid` will be followed ({@link ExecWatch}). */
  readonly followsForks: boolean;
  readonly uids: readonly number[];
  readonly handshakesOnly: boolean;
  /** As in {@link KernelPrograms}. */
  readonly method?: string | undefined;
}

export interface CaptureHandler {
  readonly onEvent: (event: CaptureEvent) => void;
  /** Kernel records as they came, for a recording; called before their event. */
  readonly onRecord?: RecordHandler;
  /** Everything else, likewise. */
  readonly onFact?: (fact: Fact) => void;
  /** All that was in the ring has been told. */
  readonly onDrained?: () => void;
  /** A process that had connections, or was asked for by number, ended. */
  readonly onExit?: (pid: number) => void;
}

/** Read at most this much before other work gets its turn. */
const sliceBytes = 1024 * 1024;
const busyDelayMs = 5;
/** Under load fewer and bigger batches leave more to the traced program; the ring must have room for many of them. */
const loadedDelayMs = 20;
const loadBytes = 64 * 1024;
const loadShareOfRing = 1 / 32;
const idleDelayMs = 100;
const housekeepingMs = 200;
/** Programs that have passed the stop flag end within microseconds, unless they wait for a page. */
const quiesceMs = 10;
const stopLimitMs = 1000;
/** A ring full of packets is written to a file: that ends, since nothing more comes. */
const stopLimitWithSourcesMs = 10_000;

/** A running capture: from attached probes to decoded events. `stop` closes the books, `detach` takes the probes away. */
export class CaptureSession implements Disposable {
  readonly #handler: CaptureHandler;
  readonly #programs: KernelPrograms;
  readonly #ring: RingBuffer;
  readonly #ringBytes: number;
  readonly #ledger: Ledger;
  readonly #processes = new ProcessWatch();
  readonly #files: ProbedFiles;
  readonly #owners = new PacketOwners();
  readonly #ownerFacts = new OwnerFacts();
  readonly #sources: EventSource[] = [];
  readonly #search = new SocketSearch({
    attach: (profile) => this.#files.attachOptional(profile),
    enable: (on) => updateElement(this.#map('searching'), encodeIndex(0), encodeIndex(on ? 1 : 0)),
  });
  readonly #waiting: { readonly position: number; readonly run: () => void }[] = [];
  /** Processes that have ended, but whose records were not all read yet: their end settles their connections. */
  readonly #ending = new Set<number>();
  #ringFullEvents = 0;
  /** The capture has stopped before all of the ring was read. */
  #isBehind = false;
  /** Of which the decoder could make nothing: what they were taken from was something else. */
  #senselessRecords = 0;
  #cancelDrain: () => void = () => undefined;
  #housekeeping: NodeJS.Timeout | undefined;
  #delayMs = busyDelayMs;
  #burstBytes = 0;
  #stopped = false;

  constructor(settings: CaptureSettings, handler: CaptureHandler) {
    this.#handler = handler;
    this.#programs = new KernelPrograms({
      ...settings,
      filterUids: settings.uids.length > 0,
    });
    for (const pid of settings.pids) this.#markPid(pid, pidMark.wanted);
    if (settings.ownPid !== null) this.#markPid(settings.ownPid, pidMark.always);
    for (const uid of settings.uids) updateElement(this.#map('uids'), encodeIndex(uid), Buffer.of(1));
    this.#ringBytes = settings.ringBytes;
    this.#ring = new RingBuffer(this.#map('ring'), settings.ringBytes);
    this.#ledger = new Ledger(this.#map('ledger'));
    for (const pid of settings.pids) this.watchProcess(pid);
    this.#files = new ProbedFiles(this.#programs, settings.profilesMap);
  }

  get method(): AttachMethod {
    return this.#programs.method;
  }

  /** As counted so far. */
  get counters(): Counters {
    return readCounters(this.#map('counts'), this.#senselessRecords);
  }

  /** Descriptor of a map that other programs may share. */
  mapFd(name: string): number {
    return this.#map(name);
  }

  addSource(source: EventSource): void {
    this.#sources.push(source);
  }

  /** Tells a fact at once, before what is in the ring. */
  announce(fact: Fact): void {
    this.#fact(fact);
  }

  get linkCount(): number {
    return this.#programs.linkCount;
  }

  #markPid(pid: number, mark: number): void {
    updateElement(this.#map('pids'), encodeIndex(pid), Buffer.of(mark));
  }

  /** Its end is told through `onExit`, also if it never says something. */
  watchProcess(pid: number): void {
    this.#processes.watch(pid);
  }

  /** Files whose sites are attached; more may come while the capture runs. */
  get files(): ProbedFiles {
    return this.#files;
  }

  /** Begins to deliver events. */
  run(): void {
    this.#drainAndWait();
    this.#housekeeping = setInterval(() => this.#keepHouse(), housekeepingMs);
  }

  /** Ends the capture: what the kernel has is delivered, then the last offsets of every connection, then `end`. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const source of this.#sources) source.stop();
    updateElement(this.#map('stopped'), encodeIndex(0), encodeIndex(1));
    this.#cancelDrain();
    clearInterval(this.#housekeeping);
    const limitMs = performance.now() + (this.#sources.length > 0 ? stopLimitWithSourcesMs : stopLimitMs);
    await sleep(quiesceMs);
    while (this.#ring.drain(this.#onRecord, sliceBytes) > 0 && performance.now() < limitMs) {
      this.#runWaiting();
      await sleep(0);
    }
    this.#isBehind = this.#ring.pendingBytes > 0;
    for (const { run } of this.#waiting.splice(0)) run();
    const timeNs = readMonotonicNs();
    for (const offsets of this.#ledger.readAll(timeNs)) this.#fact(offsets);
    for (const fact of this.#takeFacts(timeNs)) this.#fact(fact);
    this.#fact({ type: 'end', timeNs, counters: this.counters });
  }

  /** Detaches everything, without waiting for the end of it. */
  detach(): Promise<Closing> {
    return this.#programs.detach();
  }

  /** Detaches too, and waits for it; with perf links that takes the kernel about 100 ms each. */
  [Symbol.dispose](): void {
    this.#ring[Symbol.dispose]();
    this.#programs[Symbol.dispose]();
  }

  #drainAndWait(): void {
    if (this.#stopped) return;
    const bytes = this.#ring.drain(this.#onRecord, sliceBytes);
    this.#runWaiting();
    if (bytes > 0) this.#handler.onDrained?.();
    this.#burstBytes += bytes;
    if (bytes >= sliceBytes) {
      const immediate = setImmediate(() => this.#drainAndWait());
      this.#cancelDrain = () => clearImmediate(immediate);
      return;
    }
    this.#delayMs = this.#nextDelayMs(this.#burstBytes);
    this.#burstBytes = 0;
    const timeout = setTimeout(() => this.#drainAndWait(), this.#delayMs);
    this.#cancelDrain = () => clearTimeout(timeout);
  }

  #nextDelayMs(drainedBytes: number): number {
    if (drainedBytes === 0) return Math.min(2 * this.#delayMs, idleDelayMs);
    const isLoaded = drainedBytes >= loadBytes && drainedBytes < this.#ringBytes * loadShareOfRing;
    return isLoaded ? loadedDelayMs : busyDelayMs;
  }

  readonly #onRecord: RecordHandler = (memory, start, length) => {
    const event = decodeRecord(memory, start, length, this.#files.files, this.#owners);
    if (!event) {
      this.#senselessRecords++;
      return;
    }
    if (event.type === 'open') {
      this.#ledger.opened(event);
      this.#searchFor(event, memory, start);
      const facts = this.#processes.learn(event.pid);
      if (facts) this.#fact({ type: 'process', timeNs: event.timeNs, pid: event.pid, ...facts });
    } else if (event.type === 'close') {
      this.#ledger.closed(event);
      this.#search.forget(event);
    } else if (event.type === 'packet' && event.owner !== null) {
      const facts = this.#ownerFacts.learn(event.owner);
      if (facts) this.#fact({ type: 'process', timeNs: event.timeNs, pid: event.owner.pid, ...facts });
    }
    this.#handler.onRecord?.(memory, start, length);
    this.#handler.onEvent(event);
  };

  #searchFor(event: OpenEvent, memory: Buffer, start: number): void {
    if (memory[start + openEvent.identity] !== identity.wrapped) this.#search.forget(event);
    else this.#search.lookFor(event, memory.readUInt32LE(start + openEvent.profile), event.timeNs);
  }

  #keepHouse(): void {
    const timeNs = readMonotonicNs();
    this.#search.tick(timeNs);
    const ended = this.#processes.findEnded();
    const { ringFullEvents } = this.counters;
    if (ringFullEvents > this.#ringFullEvents)
      for (const pid of this.#ledger.findLost(timeNs)) this.#processes.watch(pid);
    this.#ringFullEvents = ringFullEvents;
    for (const pid of ended) this.#ending.add(pid);
    this.#ledger.findAbandoned(timeNs);
    const facts: Fact[] = [...this.#ledger.settle(timeNs, this.#ending), ...this.#takeFacts(timeNs)];
    this.#later(() => {
      for (const fact of facts) this.#fact(fact);
      for (const pid of ended) this.#endProcess(pid, timeNs);
      this.#fact({ type: 'tick', timeNs });
    });
  }

  /** Only once all of its records were read: until then not even all of its connections are known. */
  #endProcess(pid: number, timeNs: number): void {
    for (const offsets of this.#ledger.endProcess(pid, timeNs, this.#ringFullEvents > 0)) this.#fact(offsets);
    this.#fact({ type: 'exit', timeNs, pid });
    this.#ending.delete(pid);
    this.#search.forgetProcess(pid);
    this.#handler.onExit?.(pid);
  }

  /** What was learnt now comes after everything that the kernel had written until now. */
  #later(run: () => void): void {
    this.#waiting.push({ position: this.#ring.producedBytes, run });
    this.#runWaiting();
  }

  #runWaiting(): void {
    while (this.#waiting[0] && this.#waiting[0].position <= this.#ring.consumedBytes)
      this.#waiting.shift()?.run();
  }

  #takeFacts(timeNs: number): readonly Fact[] {
    return this.#sources.flatMap((source) => source.takeFacts(timeNs));
  }

  #fact(fact: Fact): void {
    const told = this.#isBehind && fact.type === 'offsets' ? blameOutput(fact) : fact;
    this.#handler.onFact?.(told);
    this.#handler.onEvent(told);
  }

  #map(name: string): number {
    return this.#programs.mapFd(name);
  }
}

/** What is missing for no other reason was not read from the ring in time. */
function blameOutput(offsets: OffsetsEvent): OffsetsEvent {
  const { readGapReason, writeGapReason } = offsets;
  return { ...offsets, readGapReason: readGapReason ?? 'sink', writeGapReason: writeGapReason ?? 'sink' };
}
