import { closeSync, openSync, readSync } from 'node:fs';
import type { RecordingHeader } from '../event/recording-format.ts';
import { RecordingReader, type RecordingProblem } from '../event/recording-reader.ts';
import { exitCode, UserError, type ExitCode } from '../util/user-error.ts';
import type { OutputFlags } from './capture-flags.ts';
import { CaptureOutputs } from './capture-outputs.ts';
import { finishOutput } from './finish-output.ts';
import { openOutputs, type OpenOutput } from './open-outputs.ts';
import { planOutputs, type OutputPlan } from './plan-outputs.ts';
import { StatusOutput } from './status-output.ts';
import { StopWatch } from './stop-cause.ts';

const pieceBytes = 256 * 1024;

/** Runs a recording through the same pipeline and sinks; unlike a live capture it waits for a slow reader. */
export async function replay(path: string, flags: OutputFlags): Promise<number> {
  const fd = openRecording(path);
  const status = new StatusOutput(flags.color);
  using watch = new StopWatch();
  let opened: readonly OpenOutput[] = [];
  let outputs: CaptureOutputs | undefined;
  const reader = new RecordingReader({
    onHeader: (header) => {
      const plan = planOutputs(
        flags,
        header.files.map(({ family }) => family),
      );
      opened = openOutputs(plan, flags, watch);
      outputs = createOutputs(header, opened, flags.raw === true || plan.data !== 'everything', plan);
    },
    onEvent: (event) => outputs?.handle(event),
  });
  const piece = Buffer.alloc(pieceBytes);
  for (let length = 1; length > 0 && !watch.cause && !reader.problem;) {
    length = readSync(fd, piece, 0, piece.length, null);
    reader.push(Buffer.from(piece.subarray(0, length)));
    for (const { channel } of opened) await channel.drained();
  }
  closeSync(fd);
  const problem = watch.cause ? undefined : reader.end();
  const channels = opened.map(({ channel }) => channel);
  const result = await finishOutput({
    outputs,
    channels,
    status,
    flags,
    watch,
    ringBytes: null,
  });
  if (problem) throw explain(path, problem);
  return result;
}

function createOutputs(
  header: RecordingHeader,
  opened: readonly OpenOutput[],
  raw: boolean,
  plan: OutputPlan,
): CaptureOutputs {
  const run = {
    clockOffsetNs: BigInt(header.clockOffsetNs),
    timeZone: header.timeZone,
    kernel: header.kernel,
    machine: header.machine ?? '',
    anyInterface: header.anyInterface === true,
    start: { timeNs: header.startedTimeNs, version: header.version, targets: header.targets },
  };
  return new CaptureOutputs({
    outputs: opened.map((output) => output.begin(run)),
    raw,
    secrets: plan.secrets,
    packets: plan.packets !== null,
    startTimeNs: header.startedTimeNs,
    count: header.count ?? undefined,
    onCount: () => undefined,
  });
}

function openRecording(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UserError({
      message: `cannot open ${path}`,
      reason: String(error),
      remedy: 'a recording is made with: tlstap gotls -e PATH --record FILE',
      exitCode: exitCode.failed,
      cause: error,
    });
  }
}

function explain(path: string, problem: RecordingProblem): UserError {
  const [reason, remedy, code] = explanation(problem);
  return new UserError({ message: `cannot replay ${path}`, reason, remedy, exitCode: code });
}

function explanation(problem: RecordingProblem): [reason: string, remedy: string, code: ExitCode] {
  if (problem.type === 'not-a-recording') {
    const remedy = 'make one with: tlstap gotls -e PATH --record FILE';
    return ['it is not a recording of tlstap', remedy, exitCode.failed];
  }
  if (problem.type === 'newer-format') {
    const remedy = 'replay it with the version that wrote it, or a newer one';
    return [`it was written by a newer tlstap (format ${problem.format})`, remedy, exitCode.unsupported];
  }
  if (problem.type === 'cut') {
    const remedy = 'it is whole up to there, if the capture was killed; what stands before was shown';
    return [`it ends in the middle of a record, at byte ${problem.offset}`, remedy, exitCode.failed];
  }
  const remedy = 'what stands before was shown; record again, and check the disk if this repeats';
  return [`it is damaged at byte ${problem.offset}`, remedy, exitCode.failed];
}
