import { basename, resolve } from 'node:path';
import { cpus, machine, release } from 'node:os';
import type { Closing } from '../bpf/close-elsewhere.ts';
import { CaptureSession } from '../capture/capture-session.ts';
import { readClockOffsetNs, readMonotonicNs } from '../capture/clock.ts';
import type { PacketNotice } from '../capture/packet-capture.ts';
import type { AttachMethod } from '../capture/kernel-programs.ts';
import type { CaptureEvent, Counters } from '../event/event.ts';
import { recordingFormat } from '../event/recording-format.ts';
import type { RecordingWriter } from '../event/recording-writer.ts';
import type { ProbePlan } from '../plan/probe-plan.ts';
import type { JsonStart } from '../sink/json-sink.ts';
import {
  findComm,
  findProcesses,
  type FoundProcesses,
  type RunningProcess,
} from '../targets/find-processes.ts';
import type { TargetFile } from '../targets/open-target.ts';
import type { StoppedCommand } from '../targets/stopped-command.ts';
import type { CaptureFlags } from './capture-flags.ts';
import { explained } from './explained.ts';
import { readObject, type Family } from './families.ts';
import { explainPackets } from './explain-packets.ts';
import { LivePackets } from './live-packets.ts';
import type { RunFacts } from './open-outputs.ts';
import type { PacketOptions } from './packet-options.ts';
import type { RecordingFile } from './recording-file.ts';
import { chooseRingBytes } from './ring-size.ts';
import type { StopWatch } from './stop-cause.ts';
import { verifyTarget } from './verify-target.ts';
import { version } from './version.ts';

export interface PlannedTarget {
  readonly file: TargetFile;
  readonly plan: ProbePlan;
}

export interface LiveCaptureSettings {
  readonly family: Family;
  readonly targets: readonly PlannedTarget[];
  /** What programs say is not taken, only that they shake hands. */
  readonly handshakesOnly: boolean;
  readonly flags: CaptureFlags;
  readonly recording: RecordingFile | undefined;
  readonly watch: StopWatch;
  /** Started by us, and still stopped. */
  readonly command: StoppedCommand | undefined;
  /** Null: no packets are captured. */
  readonly packets: PacketOptions | null;
  readonly onPacketNotice: (notice: PacketNotice) => void;
  /** A process that was there at the start has ended. */
  readonly onTargetEnd: (process: RunningProcess) => void;
}

/** A capture session with what belongs to a live run: targets, clock, recording. Attached once constructed. */
export class LiveCapture implements Disposable {
  readonly ringBytes: number;
  readonly start: JsonStart;
  readonly clock: { readonly clockOffsetNs: bigint; readonly timeZone: string };
  /** Those that are captured from the start. */
  readonly processes: FoundProcesses;
  readonly attachTimeMs: number;
  readonly #settings: LiveCaptureSettings;
  readonly #session: CaptureSession;
  readonly #recorder: RecordingWriter | undefined;
  readonly #packets: LivePackets | undefined;
  #onEvent: (event: CaptureEvent) => void = () => undefined;
  #onDrained: () => void = () => undefined;

  /** @throws {UserError} with the reason and the remedy, when it cannot be loaded or attached */
  constructor(settings: LiveCaptureSettings) {
    this.#settings = settings;
    const { flags, targets } = settings;
    this.ringBytes = chooseRingBytes({
      ...flags,
      cpuCount: cpus().length,
      packets: settings.packets !== null,
    });
    const begin = performance.now();
    this.#session = explained(undefined, () => this.#createSession());
    for (const { file, plan } of targets) {
      verifyTarget(file, plan);
      explained(file.path, () => this.#session.files.attach({ plan, attachPath: file.attachPath }));
    }
    this.processes = this.#findProcesses();
    this.#packets = explained(undefined, () => explainPackets(() => this.#startPackets()));
    this.attachTimeMs = performance.now() - begin;
    for (const { pid } of this.processes.processes) this.#session.watchProcess(pid);
    this.clock = {
      clockOffsetNs: readClockOffsetNs(),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
    this.start = { timeNs: readMonotonicNs(), version, targets: this.#describeTargets() };
    this.#recorder = settings.recording?.start({
      format: recordingFormat,
      version,
      kernel: release(),
      machine: machine(),
      anyInterface: this.#packets?.plan.any === true,
      startedTimeNs: this.start.timeNs,
      clockOffsetNs: this.clock.clockOffsetNs.toString(),
      timeZone: this.clock.timeZone,
      files: targets.map(({ plan }) => ({ family: plan.family, path: resolve(plan.path) })),
      targets: this.start.targets,
      count: flags.count ?? null,
      plans: this.plans,
    });
  }

  /** What outputs are told when they begin. */
  get facts(): RunFacts {
    return {
      ...this.clock,
      start: this.start,
      kernel: release(),
      machine: machine(),
      anyInterface: this.#packets?.plan.any === true,
    };
  }

  /** Those of the start. */
  get targets(): readonly PlannedTarget[] {
    return this.#settings.targets;
  }

  get session(): CaptureSession {
    return this.#session;
  }

  get plans(): readonly ProbePlan[] {
    return this.#settings.targets.map(({ plan }) => plan);
  }

  get paths(): readonly string[] {
    return this.#settings.targets.map(({ file }) => file.path);
  }

  /** The command that was started, under the name of its file. */
  get command(): { readonly pid: number; readonly comm: string } | undefined {
    const { command } = this.#settings;
    return command && { pid: command.pid, comm: basename(command.name) };
  }

  /** Whether processes that start later are captured too. */
  get includesNewProcesses(): boolean {
    return !this.#filtersPids;
  }

  get method(): AttachMethod {
    return this.#session.method;
  }

  get counters(): Counters {
    return this.#session.counters;
  }

  get linkCount(): number {
    return this.#session.linkCount;
  }

  /** What is captured of packets; undefined where none are. */
  get packets(): LivePackets | undefined {
    return this.#packets;
  }

  /** `onDrained`: all that the kernel had was told. */
  run(onEvent: (event: CaptureEvent) => void, onDrained: () => void): void {
    this.#onEvent = onEvent;
    this.#onDrained = onDrained;
    this.#packets?.start((fact) => this.#session.announce(fact));
    this.#session.run();
  }

  stop(): Promise<void> {
    return this.#session.stop();
  }

  detach(): Promise<Closing> {
    this.#packets?.[Symbol.dispose]();
    return this.#session.detach();
  }

  [Symbol.dispose](): void {
    this.#packets?.[Symbol.dispose]();
    this.#session[Symbol.dispose]();
    for (const { file } of this.#settings.targets) file[Symbol.dispose]();
  }

  /** A command alone is what is asked for: other processes that run the same program are not. */
  get #filtersPids(): boolean {
    const { flags, command } = this.#settings;
    return flags.pid.length > 0 || (command !== undefined && flags.elfpath.length === 0);
  }

  #createSession(): CaptureSession {
    const { family, flags, watch, recording, command, onTargetEnd } = this.#settings;
    const alive = new Set(flags.pid);
    return new CaptureSession(
      {
        objectBytes: readObject(family),
        programPrefix: family.programPrefix,
        profilesMap: family.profilesMap,
        ringBytes: this.ringBytes,
        pids: flags.pid,
        ownPid: command?.pid ?? null,
        filterPids: this.#filtersPids,
        followsForks: flags.follow === true,
        uids: flags.uid,
        handshakesOnly: this.#settings.handshakesOnly,
        // For tests: what older kernels get can be tried on a new one.
        method: process.env['TLSTAP_ATTACH'],
      },
      {
        onEvent: (event) => this.#onEvent(event),
        onDrained: () => this.#onDrained(),
        onRecord: (memory, start, length) => this.#recorder?.record(memory, start, length),
        onFact: (fact) => {
          this.#recorder?.fact(fact);
          if (fact.type === 'tick') recording?.flush();
        },
        onExit: (pid) => {
          const ended = this.processes.processes.find((one) => one.pid === pid);
          if (ended) onTargetEnd(ended);
          if (alive.delete(pid) && alive.size === 0 && !command) watch.stop({ type: 'targets-gone' });
        },
      },
    );
  }

  #startPackets(): LivePackets | undefined {
    const { packets, flags, onPacketNotice } = this.#settings;
    if (packets === null) return undefined;
    return new LivePackets(this.#session, {
      options: packets,
      filterPids: this.#filtersPids,
      filterUids: flags.uid.length > 0,
      pids: flags.pid.length > 0 ? flags.pid : this.processes.processes.map(({ pid }) => pid),
      arePidsNamed: flags.pid.length > 0,
      onNotice: onPacketNotice,
    });
  }

  #findProcesses(): FoundProcesses {
    const { flags, targets } = this.#settings;
    const found = findProcesses(new Set(targets.map(({ file }) => file.key)));
    if (!this.#filtersPids) return found;
    // Those that were named are shown by name, also where the file is one of their libraries.
    const processes = flags.pid.map((pid) => {
      const known = found.processes.find((one) => one.pid === pid);
      return known ?? { pid, comm: findComm(pid), key: '' };
    });
    return {
      processes: processes.filter((one): one is RunningProcess => one.comm !== undefined),
      isPartial: false,
    };
  }

  #describeTargets(): JsonStart['targets'] {
    return this.#settings.targets.map(({ file, plan }) => ({
      family: plan.family,
      path: plan.path,
      pids: this.processes.processes.filter(({ key }) => key === file.key).map(({ pid }) => pid),
    }));
  }
}
