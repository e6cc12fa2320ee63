import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface WrkSettings {
  readonly url: string;
  readonly seconds: number;
  /** Default 16. */
  readonly connections?: number;
  /** A Lua script. */
  readonly script?: string;
}

export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** One thread of wrk. Fails when there was an answer that is no success. */
export async function runWrk({ url, seconds, connections = 16, script }: WrkSettings): Promise<WrkResult> {
  const scripts = script === undefined ? [] : ['-s', script];
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}`,
    '--latency',
    ...scripts,
    url,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk said: ${stdout}`);
  return {
    requests: numberIn(/(\d+) requests in/.exec(stdout)),
    requestsPerSecond: numberIn(/Requests\/sec:\s+([\d.]+)/.exec(stdout)),
    p50Us: microseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99Us: microseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
  };
}

/** Each request with a path and a header of its own. Writes the script into `folder`; returns its path. */
export function writeVariedScript(folder: string, path: string): string {
  const file = join(folder, `varied${path.replaceAll('/', '-')}.lua`);
  writeFileSync(
    file,
    `local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "${path}" .. n .. "?session=" .. n * 7919, { ["X-Request-Id"] = "req-" .. n * 104729 })
end
`,
  );
  return file;
}

const unitsUs: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1e6 };

function microseconds(found: RegExpExecArray | null): number {
  return numberIn(found) * (unitsUs[found?.[2] ?? ''] ?? Number.NaN);
}

function numberIn(found: RegExpExecArray | null): number {
  return Number(found?.[1] ?? Number.NaN);
}
