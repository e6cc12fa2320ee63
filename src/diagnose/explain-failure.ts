import { getSystemErrorMap } from 'node:util';
import type { SystemError } from '../bpf/system-error.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import { explainAttachFailure } from './explain-attach-failure.ts';
import { explainLoadFailure } from './explain-load-failure.ts';
import { explainPermission } from './explain-permission.ts';
import type { Host } from './host.ts';
import type { Verdict } from './verdict.ts';

/**
 * What a failed system call means for somebody who wants to capture: what happened, why, and what to do.
 * `path` is the file that was being attached to, where there is one.
 */
export function explainFailure(error: SystemError, host: Host, path?: string): UserError {
  const isAttach = attachOperation.test(error.operation);
  const verdict = explain(error, host, isAttach);
  const action = isAttach ? `attach to ${path ?? 'the program'}` : 'load BPF programs';
  return new UserError({
    message: `cannot ${action}: ${verdict.summary ?? errorText(error.code)}`,
    reason: verdict.reason,
    remedy: verdict.remedy,
    exitCode: verdict.exitCode,
    cause: error,
  });
}

/** The operations of src/bpf/uprobe-multi-link.ts and uprobe-perf-link.ts. */
const attachOperation = /^(?:attach|enable) uprobe|^perf_event_open$|^find the uprobe/;

function explain(error: SystemError, host: Host, isAttach: boolean): Verdict {
  const refusal = explainPermission(error, host);
  if (refusal !== undefined) {
    const remedy = `${refusal.remedy}, or see: tlstap doctor`;
    return { reason: refusal.reason, remedy, exitCode: exitCode.privilege };
  }
  return isAttach ? explainAttachFailure(error, host) : explainLoadFailure(error, host);
}

/** `EPERM` → `operation not permitted`. */
function errorText(code: string): string {
  // Node's own text speaks of sockets; 524 is the kernel's ENOTSUPP, which has no name in user space.
  if (unsupportedCodes.has(code)) return 'operation not supported';
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return code;
}

const unsupportedCodes = new Set(['ENOTSUP', 'EOPNOTSUPP', 'E524']);
