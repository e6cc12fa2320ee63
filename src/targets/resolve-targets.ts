import { readFileSync } from 'node:fs';
import { exitCode, UserError } from '../util/user-error.ts';
import { findFileKey, openTargetPath, openTargetProcess, type TargetFile } from './open-target.ts';

export interface TargetRequest {
  /** `-e`, in order. */
  readonly paths: readonly string[];
  /** `--pid`, in order. */
  readonly pids: readonly number[];
}

/**
 * The files to probe: those of `-e`; without it, the executables of `--pid`. A file reached twice is opened once. With
 * both, every process must run one of the files, else the capture would stay empty.
 *
 * @throws {UserError}
 */
export function resolveTargets(request: TargetRequest): TargetFile[] {
  const files = new Map<string, TargetFile>();
  const add = (file: TargetFile): void => {
    if (files.has(file.key)) file[Symbol.dispose]();
    else files.set(file.key, file);
  };
  try {
    if (request.paths.length === 0) for (const pid of request.pids) add(openTargetProcess(pid));
    for (const path of request.paths) add(openForProcesses(path, request.pids));
    if (request.paths.length > 0) for (const pid of request.pids) requireRuns(pid, files);
  } catch (error) {
    for (const file of files.values()) file[Symbol.dispose]();
    throw error;
  }
  return [...files.values()];
}

/** A path given together with processes may be meant as one of them sees it: /proc/N/root. */
function openForProcesses(path: string, pids: readonly number[]): TargetFile {
  if (path.startsWith('/')) {
    for (const pid of pids) {
      const inside = `/proc/${pid}/root${path}`;
      const key = findFileKey(inside);
      if (key !== undefined && key !== findFileKey(path) && runs(pid, new Set([key]))) {
        return openTargetPath(inside, path);
      }
    }
  }
  return openTargetPath(path);
}

function requireRuns(pid: number, files: ReadonlyMap<string, TargetFile>): void {
  if (runs(pid, new Set(files.keys()))) return;
  const process = openTargetProcess(pid);
  process[Symbol.dispose]();
  throw new UserError({
    message: `process ${pid} does not run ${[...files.values()].map(({ path }) => path).join(' or ')}`,
    reason: `it runs ${process.path}, another file`,
    remedy: `leave out -e to probe what process ${pid} runs, or leave out --pid`,
    exitCode: exitCode.targetUnusable,
  });
}

function runs(pid: number, keys: ReadonlySet<string>): boolean {
  const executable = findFileKey(`/proc/${pid}/exe`);
  return (executable !== undefined && keys.has(executable)) || mapsOneOf(pid, keys);
}

/** Whether the process maps one of the files, e.g. a Go library in a C program. */
function mapsOneOf(pid: number, keys: ReadonlySet<string>): boolean {
  try {
    const paths = new Set(
      readFileSync(`/proc/${pid}/maps`, 'utf8')
        .split('\n')
        .map((line) => line.slice(line.indexOf('/')))
        .filter((path) => path.startsWith('/')),
    );
    return [...paths].some((path) => keys.has(findFileKey(`/proc/${pid}/root${path}`) ?? ''));
  } catch {
    return false;
  }
}
