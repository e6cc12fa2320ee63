import type { OutputChannel } from '../sink/output-channel.ts';
import { findInvokingUser, openOutputFile } from '../sink/output-file.ts';
import { PlaintextPacketsSink } from '../sink/plaintext-packets/plaintext-packets-sink.ts';
import type { OpenOutput } from './open-outputs.ts';
import type { StopWatch } from './stop-cause.ts';

/** `--pcap-plaintext FILE`. @throws {UserError} when it cannot be written */
export function openPlaintextOutput(path: string, watch: StopWatch): OpenOutput {
  const descriptor = openOutputFile(path, findInvokingUser(process.geteuid?.() ?? 0, process.env));
  let sink: PlaintextPacketsSink | undefined;
  return {
    channel: channelOf(() => sink),
    begin: (run) => {
      sink = new PlaintextPacketsSink({
        target: { descriptor },
        section: {
          application: `tlstap ${run.start.version}`,
          os: `Linux ${run.kernel}`,
          hardware: run.machine,
        },
        clockOffsetNs: run.clockOffsetNs,
        startTimeNs: run.start.timeNs,
        onClosed: () => watch.stop({ type: 'output-closed' }),
        onError: (error) => watch.stop({ type: 'output-failed', error, path, flag: '--pcap-plaintext' }),
      });
      return sink;
    },
  };
}

/** The sink's end; it begins after the channel was made. */
function channelOf(find: () => PlaintextPacketsSink | undefined): OutputChannel {
  return {
    droppedBytes: 0,
    get stuck() {
      return find()?.stuck ?? false;
    },
    drained: () => find()?.drained() ?? Promise.resolve(),
    close: (limitMs) => find()?.close(limitMs) ?? Promise.resolve(0),
  };
}
