import { rmSync, writeFileSync } from 'node:fs';
import { resolveTargets } from '../targets/resolve-targets.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { CaptureFlags } from './capture-flags.ts';
import { CaptureOutputs } from './capture-outputs.ts';
import { createDataSink, openDataWriter } from './data-output.ts';
import { finishOutput } from './finish-output.ts';
import { goFamily } from './families.ts';
import { LiveCapture } from './live-capture.ts';
import { planTarget } from './plan-target.ts';
import { RecordingFile } from './recording-file.ts';
import { announceStart, watchForSilence } from './start-messages.ts';
import { StatusOutput } from './status-output.ts';
import { StopWatch } from './stop-cause.ts';

/** `tlstap gotls`: from flags to exit code. */
export async function capture(flags: CaptureFlags): Promise<number> {
  checkFlags(flags);
  if (flags.readyFile !== undefined) rmSync(flags.readyFile, { force: true });
  const status = new StatusOutput(flags.color);
  using watch = new StopWatch();
  const files = resolveTargets({ paths: flags.elfpath, pids: flags.pid });
  const targets = files.map((file) => ({ file, plan: planTarget(goFamily, file) }));
  const writer = openDataWriter(flags, watch);
  const recording = openRecording(flags, watch);
  using live = new LiveCapture({ family: goFamily, targets, flags, recording, watch });
  const outputs = new CaptureOutputs({
    sink: wantsData(flags) ? createDataSink(writer, { ...live.clock, flags, start: live.start }) : undefined,
    raw: flags.raw === true || !wantsData(flags),
    startTimeNs: live.start.timeNs,
    count: flags.count,
    onCount: () => watch.stop({ type: 'count' }),
  });
  if (!flags.quiet) announceStart(status, live, flags.verbose === true);
  if (flags.readyFile !== undefined) writeFileSync(flags.readyFile, '');
  if (flags.duration !== undefined) watch.stopAfter(flags.duration);
  const silence = watchForSilence(status, live, outputs);
  live.run(outputs.handle);
  const cause = await watch.stopped;
  silence[Symbol.dispose]();
  await live.stop();
  recording?.close();
  return finishOutput({
    outputs,
    writer,
    status,
    flags,
    cause,
    ringBytes: live.ringBytes,
    afterSummary: () => {
      if (live.linkCount > slowLinks)
        status.write(`  detaching ${live.linkCount} probes takes a few seconds\n`);
      live.detach();
    },
  });
}

/** Perf links take the kernel about 100 ms each to remove. */
const slowLinks = 10;

/** `--record` alone prints nothing. */
function wantsData(flags: CaptureFlags): boolean {
  if (flags.record === undefined) return true;
  const { json, raw, hex, output, quiet, tsize } = flags;
  return [json, raw, hex, output, quiet, tsize].some((flag) => flag !== undefined);
}

function openRecording(flags: CaptureFlags, watch: StopWatch): RecordingFile | undefined {
  const { record: path } = flags;
  if (path === undefined) return undefined;
  return new RecordingFile(path, (error) => watch.stop({ type: 'output-failed', error, path }));
}

function checkFlags(flags: CaptureFlags): void {
  if (flags.elfpath.length === 0 && flags.pid.length === 0) {
    throw new UserError({
      message: 'nothing to capture',
      reason: 'neither a program (-e PATH) nor a process (--pid N) was given',
      remedy: 'for example: tlstap gotls -e /usr/bin/caddy',
      exitCode: exitCode.usage,
    });
  }
  if (flags.record === '-') {
    throw new UserError({
      message: 'a recording cannot go to stdout',
      reason: 'stdout carries the captured data',
      remedy: 'give --record a file name',
      exitCode: exitCode.usage,
    });
  }
  if (flags.btf === '2') {
    throw new UserError({
      message: 'cannot capture without kernel type information (-b 2)',
      reason: 'the BPF programs find kernel fields by BTF, and there are no others yet',
      remedy: 'leave out -b; to see whether this kernel has BTF: tlstap doctor',
      exitCode: exitCode.unsupported,
    });
  }
}
