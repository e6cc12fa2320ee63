import type { SystemError } from '../bpf/system-error.ts';
import { expectedAttachKind, type AttachKind } from './attach-kind.ts';
import type { Explanation } from './explanation.ts';
import type { Host } from './host.ts';
import { explainRefusal } from './explain-refusal.ts';
import { findMissingCapabilities } from './missing-capabilities.ts';
import { hasVerifierLog } from './verifier-log.ts';

/** Why this was not permitted; undefined when it failed for another reason. */
export function explainPermission(error: SystemError, host: Host): Explanation | undefined {
  if (!error.isPermission) return undefined;
  const kind: AttachKind = perfOperation.test(error.operation) ? 'perf' : expectedAttachKind(host.release);
  // The verifier, too, says EACCES, for a program that it finds unsafe; it reads only what is permitted.
  if (hasVerifierLog(error.log) && findMissingCapabilities(host, kind).length === 0) return undefined;
  return explainRefusal(host, kind);
}

/** The operations of src/bpf/uprobe-perf-link.ts. */
const perfOperation = /^(?:attach|enable) uprobe$|^perf_event_open$/;
