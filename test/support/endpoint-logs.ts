import { existsSync, readFileSync } from 'node:fs';
import type { RunningProgram } from './running-program.ts';

/** What one end of a connection logged itself: an `endpoint` line of the program `keylog`. */
export interface EndpointLog {
  readonly pid: number;
  readonly role: 'client' | 'server';
  readonly local: string;
  readonly remote: string;
  readonly resumed: boolean;
  readonly lines: readonly string[];
}

export function endpointLogs(program: RunningProgram): EndpointLog[] {
  return program.records('endpoint') as unknown as EndpointLog[];
}

/** Each line that the ends logged, once, sorted. */
export function expectedLines(ends: readonly EndpointLog[]): string[] {
  return [...new Set(ends.flatMap(({ lines }) => lines))].sort();
}

export function readLines(path: string): string[] {
  return existsSync(path)
    ? readFileSync(path, 'latin1')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}
