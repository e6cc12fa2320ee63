import { expect, onTestFinished } from 'vitest';
import { Capture } from './capture.ts';
import { endpointTruths } from './compare-streams.ts';
import { RunningProgram } from './running-program.ts';
import { assembleConnections, type CapturedConnection } from './streams.ts';

/** One end of a conversation of the program `wrapped`, found in the capture by its bytes. */
export interface WrappedEnd {
  /** Relative to the capture, or the `first` one after its start. */
  readonly age: string;
  readonly isKnown: boolean;
  /** What is wrong; empty where its socket is right or null. */
  readonly problem: string;
}

/** Lets the program run to its end under a capture, and compares the sockets that both saw. */
export async function captureWrapped(
  program: string,
  programArgs: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly wrapper?: readonly string[] } = {},
): Promise<WrappedEnd[]> {
  const running = await RunningProgram.start(program, programArgs, { wrapper: options.wrapper ?? [] });
  onTestFinished(() => running.kill());
  const capture = await Capture.start({
    args: ['gotls', '-e', program, '--raw', '--json', '--buffer-size', '64M'],
    env: options.env ?? {},
  });
  onTestFinished(() => capture.dispose());
  running.send('go');
  expect(await running.exit()).toBe(0);
  expect(await capture.stop()).toMatchObject({ code: 0 });
  const connections = assembleConnections(capture.records());
  const records = running.records('endpoint');
  expect(records.length).toBeGreaterThan(0);
  return endpointTruths(records).map((truth, index) => {
    const found = connections.filter(
      ({ read, write }) => read.sha256 === truth.read.sha256 && write.sha256 === truth.write.sha256,
    );
    const age = String(records[index]?.['age']);
    const [connection] = found;
    if (connection === undefined || found.length > 1)
      return { age, isKnown: false, problem: `${truth.role}: captured ${found.length} times` };
    const isKnown = connection.fd !== null;
    const isRight = connection.role === truth.role && (!isKnown || describe(connection) === describe(truth));
    return {
      age,
      isKnown,
      problem: isRight ? '' : `${describe(truth)}: captured as ${describe(connection)}`,
    };
  });
}

function describe(end: Pick<CapturedConnection, 'role' | 'fd' | 'local' | 'remote'>): string {
  return [end.role, end.fd, nameOf(end.local), nameOf(end.remote)].join(' ');
}

/** Go names an unnamed Unix socket `@`. */
function nameOf(endpoint: string | null): string {
  return endpoint === '@' ? '' : (endpoint ?? 'null');
}
