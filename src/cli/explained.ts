import { SystemError } from '../bpf/system-error.ts';
import { explainFailure } from '../diagnose/explain-failure.ts';
import { readRealHost } from '../diagnose/read-real-host.ts';

/** The action's result; what the kernel refuses is said in words. `path`: the file it is about. @throws {UserError} */
export function explained<T>(path: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) throw explainFailure(error, readRealHost(), path);
    throw error;
  }
}
