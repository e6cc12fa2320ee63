import { onTestFinished } from 'vitest';
import { Capture, type CaptureResult } from './capture.ts';
import { compareStreams, endpointTruths, type EndpointTruth } from './compare-streams.ts';
import { RunningProgram } from './running-program.ts';
import { assembleConnections, type CapturedConnection } from './streams.ts';
import type { JsonRecord } from './json-record.ts';

export interface ExchangeRun {
  readonly truths: readonly EndpointTruth[];
  readonly connections: readonly CapturedConnection[];
  /** What differs between the two; empty when the capture is exact. */
  readonly problems: readonly string[];
  readonly records: readonly JsonRecord[];
  /** The program's last line. */
  readonly done: JsonRecord;
  readonly result: CaptureResult;
  readonly programExitCode: number | null;
}

/** Lets the program `exchange`, or `edges`, run to its end under a capture of its bytes, and compares what both saw. */
export async function captureExchange(
  program: string,
  options: {
    readonly programArgs?: readonly string[];
    readonly programEnv?: Readonly<Record<string, string>>;
    /** A command that runs the program. */
    readonly programWrapper?: readonly string[];
    readonly captureArgs?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<ExchangeRun> {
  const running = await RunningProgram.start(program, options.programArgs, {
    env: { ...process.env, ...options.programEnv },
    wrapper: options.programWrapper ?? [],
  });
  onTestFinished(() => running.kill());
  const capture = await Capture.start({
    // Room for all of it: this is about exactness, on a machine that may leave the reader no time while the program runs.
    args: ['gotls', '-e', program, '--raw', '--json', '--buffer-size', '64M', ...(options.captureArgs ?? [])],
    env: options.env ?? {},
  });
  onTestFinished(() => capture.dispose());
  running.send('go');
  const done = await running.waitFor('done');
  const programExitCode = await running.exit();
  // Each connection has two ends here.
  await capture.waitForCloses(endpointTruths(running.records()).length);
  const result = await capture.stop();
  const records = capture.records();
  const truths = endpointTruths(running.records());
  const connections = assembleConnections(records);
  return {
    truths,
    connections,
    problems: compareStreams(truths, connections),
    records,
    done,
    result,
    programExitCode,
  };
}
