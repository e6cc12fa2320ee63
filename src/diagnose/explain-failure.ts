import { getSystemErrorMap } from 'node:util';
import type { SystemError } from '../bpf/system-error.ts';
import { exitCode, UserError, type ExitCode } from '../util/user-error.ts';
import { explainAttachFailure } from './explain-attach-failure.ts';
import { explainLoadFailure } from './explain-load-failure.ts';
import type { Explanation } from './explanation.ts';
import type { Host } from './host.ts';
import { expectedAttachKind, explainRefusal, findMissingCapabilities, type AttachKind } from './refusal.ts';
import { hasVerifierLog } from './verifier-log.ts';

/** An {@link Explanation} and the exit code it calls for. */
export interface Verdict extends Explanation {
  readonly exitCode: ExitCode;
}

/**
 * What a failed system call means for somebody who wants to capture: what happened, why, and what to do.
 * `path` is the file that was being attached to, where there is one.
 */
export function explainFailure(error: SystemError, host: Host, path?: string): UserError {
  const isAttach = attachOperation.test(error.operation);
  const verdict =
    explainPermission(error, host) ?? (isAttach ? explainAttachFailure : explainLoadFailure)(error, host);
  return new UserError({
    message: `cannot ${isAttach ? `attach to ${path ?? 'the program'}` : 'load BPF programs'}: ${errorText(error.code)}`,
    ...verdict,
    cause: error,
  });
}

/** The operations of src/bpf/uprobe-*-link.ts. */
const attachOperation = /^(?:attach|enable) uprobe|^perf_event_open$|^find the uprobe/;
const perfOperation = /^(?:attach|enable) uprobe$|^perf_event_open$/;

function explainPermission(error: SystemError, host: Host): Verdict | undefined {
  if (!error.isPermission) return undefined;
  const kind: AttachKind = perfOperation.test(error.operation) ? 'perf' : expectedAttachKind(host.release);
  // The verifier, too, says EACCES, for a program that it finds unsafe.
  const isVerdict = hasVerifierLog(error.log) && findMissingCapabilities(host, kind).length === 0;
  if (isVerdict) return undefined;
  const { reason, remedy } = explainRefusal(host, kind);
  return { reason, remedy: `${remedy}, or see: tlstap doctor`, exitCode: exitCode.privilege };
}

/** `EPERM` → `operation not permitted`. */
function errorText(code: string): string {
  // The kernel's own ENOTSUPP is not meant for user space and has no name there.
  if (code === 'E524') return 'operation not supported';
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return code;
}
