import { Capture } from '../../support/capture.ts';
import { compareStreams, endpointTruths } from '../../support/compare-streams.ts';
import { RunningProgram } from '../../support/running-program.ts';
import { assembleConnections } from '../../support/streams.ts';
import { limitMs, patienceMs } from '../check.ts';

export interface ExchangeOptions {
  readonly args?: readonly string[];
  /** What the planner may choose from; default everything. */
  readonly strategies?: string;
  /** Something that goes on beside it. */
  readonly meanwhile?: (pid: number) => Disposable;
}

/** Compares what the program `exchange` itself saw, on 8 connections of each TLS version, with what was captured. */
export async function captureExchange(program: string, options: ExchangeOptions = {}): Promise<string[]> {
  const running = await RunningProgram.start(program, ['-connections', '8', ...(options.args ?? [])]);
  let capture: Capture | undefined;
  let meanwhile: Disposable | undefined;
  try {
    capture = await Capture.start({
      args: ['gotls', '-e', program, '--raw', '--json', '--buffer-size', '64M'],
      ...(options.strategies === undefined ? {} : { env: { TLSTAP_STRATEGIES: options.strategies } }),
    });
    meanwhile = options.meanwhile?.(running.pid);
    running.send('go');
    await running.waitFor('done', 1, limitMs);
    await running.exit();
    await capture.waitForCloses(32, patienceMs);
    const { code, stderr } = await capture.stop();
    const truths = endpointTruths(running.records());
    const problems = compareStreams(truths, assembleConnections(capture.records()));
    if (truths.length !== 32) problems.push(`the program told of ${truths.length} ends`);
    if (code !== 0) problems.push(`exit code ${code}`);
    // What tlstap itself says of it, before the rest is cut off.
    if (problems.length > 0) problems.unshift(stderr.trim());
    return problems;
  } finally {
    meanwhile?.[Symbol.dispose]();
    running.kill();
    capture?.dispose();
  }
}
