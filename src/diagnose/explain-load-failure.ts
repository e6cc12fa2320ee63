import type { SystemError } from '../bpf/system-error.ts';
import { exitCode } from '../util/user-error.ts';
import type { Host } from './host.ts';
import { isAtLeast } from './kernel-version.ts';
import { explainLockdown } from './lockdown.ts';
import { btfPath, explainMissingBtf } from './missing-btf.ts';
import { tooManyFiles } from './too-many-files.ts';
import type { Verdict } from './verdict.ts';
import { hasVerifierLog, lastWords } from './verifier-log.ts';

/** Why programs and maps could not be made, permission apart. */
export function explainLoadFailure(error: SystemError, host: Host): Verdict {
  switch (error.code) {
    case 'ENOSYS':
      return unsupported('this kernel, or the sandbox around this process, has no bpf(2)', doctor);
    case 'EMFILE':
    case 'ENFILE':
      return tooManyFiles;
    case 'ENOMEM':
      return outOfMemory(error);
    default:
      return explainRefusedRing(error) ?? explainSystem(host) ?? explainRejection(error);
  }
}

const doctor = 'see: tlstap doctor';
const smallerRing = 'give a smaller --buffer-size';

function outOfMemory(error: SystemError): Verdict {
  const map = failedMap.exec(error.log)?.[1];
  return {
    reason: `the kernel, or the control group of this process, has no memory left for ${map === undefined ? 'them' : `the map "${map}"`}`,
    remedy: smallerRing,
    exitCode: exitCode.failed,
  };
}

/** libbpf: `map 'ring': failed to create: Argument list too long(-7)`. */
const failedMap = /map '([\w.]+)': failed to create/;

/** ringbuf_map_alloc() of kernel/bpf/ringbuf.c: E2BIG beyond 64 GiB, EINVAL unless a power of two of whole pages. */
function explainRefusedRing(error: SystemError): Verdict | undefined {
  if (failedMap.exec(error.log)?.[1] !== 'ring' || (error.code !== 'E2BIG' && error.code !== 'EINVAL'))
    return undefined;
  return {
    summary: 'no ring buffer',
    reason: 'the kernel has no ring buffers (Linux 5.8), or makes none of that size',
    remedy: `${smallerRing}, or see: tlstap doctor`,
    exitCode: exitCode.unsupported,
  };
}

/** What the machine is known to lack; the error itself is then a consequence, e.g. libbpf's ESRCH without BTF. */
function explainSystem(host: Host): Verdict | undefined {
  if (!host.exists(btfPath)) {
    const { reason, remedy } = explainMissingBtf(host);
    return { ...unsupported(reason, remedy), summary: 'no BTF' };
  }
  const lockdown = explainLockdown(host);
  if (lockdown !== undefined) return unsupported(lockdown.reason, lockdown.remedy);
  if (isAtLeast(host.release, 5, 10)) return undefined;
  return unsupported(`Linux ${host.release} is too old: 5.10 is the oldest that works`, 'use a newer kernel');
}

function explainRejection(error: SystemError): Verdict {
  const words = lastWords(error.log, 3);
  const verdict = unsupported(
    words === '' ? `the kernel refused at: ${error.operation}` : `the kernel or libbpf said: ${words}`,
    `${doctor}; if that finds nothing wrong, please report it with the output of --debug`,
  );
  // "Argument list too long" and "permission denied" would send the reader the wrong way.
  return hasVerifierLog(error.log)
    ? { ...verdict, summary: `the kernel's verifier rejects them (${error.code})` }
    : verdict;
}

function unsupported(reason: string, remedy: string): Verdict {
  return { reason, remedy, exitCode: exitCode.unsupported };
}
