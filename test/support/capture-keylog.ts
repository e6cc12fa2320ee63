import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Capture, type CaptureResult } from './capture.ts';
import { endpointLogs, readLines, type EndpointLog } from './endpoint-logs.ts';
import type { JsonRecord } from './json-record.ts';
import { RunningProgram } from './running-program.ts';

export interface KeyLogRun {
  readonly ends: readonly EndpointLog[];
  /** Of the key log, as it stands. */
  readonly lines: readonly string[];
  readonly keyLog: string;
  readonly folder: string;
  readonly records: readonly JsonRecord[];
  readonly result: CaptureResult;
}

/** Lets the program `keylog` run to its end under a capture of its secrets. */
export async function captureKeyLog(
  program: string,
  options: {
    readonly programArgs?: readonly string[];
    readonly programEnv?: Readonly<Record<string, string>>;
    readonly modes?: string;
    readonly captureArgs?: (folder: string) => readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<KeyLogRun> {
  const folder = scratchFolder();
  const keyLog = join(folder, 'keys.log');
  const running = await RunningProgram.start(program, options.programArgs, {
    env: { ...process.env, ...options.programEnv },
  });
  onTestFinished(() => running.kill());
  const more = options.captureArgs?.(folder) ?? [];
  const capture = await Capture.start({
    args: ['gotls', '-e', program, '-m', options.modes ?? 'keylog', '-k', keyLog, ...more],
    env: options.env ?? {},
  });
  onTestFinished(() => capture.dispose());
  running.send('go');
  await running.waitFor('done');
  await running.exit();
  const result = await capture.stop();
  return {
    ends: endpointLogs(running),
    lines: readLines(keyLog),
    keyLog,
    folder,
    records: capture.records(),
    result,
  };
}

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-keylog-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
