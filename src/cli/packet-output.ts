import { closeSync, lstatSync } from 'node:fs';
import { openStdout } from '../sink/output-descriptor.ts';
import type { OutputChannel } from '../sink/output-channel.ts';
import { findInvokingUser, openOutputFile } from '../sink/output-file.ts';
import { PcapngSink } from '../sink/pcapng/pcapng-sink.ts';
import type { PcapngSettings } from '../sink/pcapng/pcapng-settings.ts';
import type { RotationRules } from '../sink/pcapng/rotation.ts';
import { createUtcOffset } from '../util/utc-offset.ts';
import type { OutputFlags } from './capture-flags.ts';
import type { OpenOutput, RunFacts } from './open-outputs.ts';
import type { PacketFile } from './plan-outputs.ts';
import type { StopWatch } from './stop-cause.ts';

/** `-w FILE`, `-` for stdout. @throws {UserError} when it cannot be written */
export function openPacketOutput(file: PacketFile, flags: OutputFlags, watch: StopWatch): OpenOutput {
  const owner = findInvokingUser(process.geteuid?.() ?? 0, process.env);
  const path = file.isDefault ? findFreePath(file.path) : file.path;
  const rotation = readRotation(flags);
  const target: PcapngSettings['target'] = path === '-' ? { descriptor: openStdout() } : { path, owner };
  // The sink opens files itself, once the time of the capture's start is known: here it is only tried. A reader of a
  // named pipe sees no end in between.
  const tried = 'path' in target && rotation === undefined ? openOutputFile(path, owner) : undefined;
  let sink: PcapngSink | undefined;
  return {
    channel: channelOf(() => sink),
    packetPath: path,
    begin: (run) => {
      sink = new PcapngSink({
        target,
        ...describeRun(run),
        linkLayer: run.anyInterface ? 'cooked' : 'as-captured',
        wantsSecrets: true,
        ...(rotation && { rotation }),
        ...(flags.packetCount !== undefined && { packetCount: flags.packetCount }),
        onClosed: () => watch.stop({ type: 'output-closed' }),
        onError: (error, failed) => watch.stop({ type: 'output-failed', error, path: failed, flag: '-w' }),
        onFinished: () => watch.stop({ type: 'count' }),
      });
      if (tried !== undefined) closeSync(tried.fd);
      return sink;
    },
  };
}

function describeRun(
  run: RunFacts,
): Pick<PcapngSettings, 'section' | 'clockOffsetNs' | 'utcOffsetMinutes' | 'startTimeNs'> {
  return {
    section: { application: `tlstap ${run.start.version}`, os: `Linux ${run.kernel}`, hardware: run.machine },
    clockOffsetNs: run.clockOffsetNs,
    utcOffsetMinutes: createUtcOffset(run.timeZone),
    startTimeNs: run.start.timeNs,
  };
}

function readRotation({ C, G, W }: OutputFlags): RotationRules | undefined {
  if (C === undefined && G === undefined) return undefined;
  return {
    ...(C !== undefined && { sizeBytes: C }),
    ...(G !== undefined && { seconds: G }),
    ...(W !== undefined && { count: W }),
  };
}

/** `FILE`, or else `FILE-2`, `FILE-3`, …, before the extension. */
function findFreePath(path: string): string {
  const [, stem = path, extension = ''] = /^(.*?)(\.[^./]*)?$/.exec(path) ?? [];
  for (let number = 1; ; number++) {
    const free = number === 1 ? path : `${stem}-${number}${extension}`;
    if (lstatSync(free, { throwIfNoEntry: false }) === undefined) return free;
  }
}

/** The sink's end; it begins after the channel was made. */
function channelOf(find: () => PcapngSink | undefined): OutputChannel {
  return {
    droppedBytes: 0,
    get stuck() {
      return find()?.stuck ?? false;
    },
    drained: () => find()?.drained() ?? Promise.resolve(),
    close: (limitMs) => find()?.close(limitMs) ?? Promise.resolve(0),
  };
}
