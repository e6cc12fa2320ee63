import type { SystemError } from '../bpf/system-error.ts';
import { exitCode } from '../util/user-error.ts';
import type { Verdict } from './explain-failure.ts';
import type { Host } from './host.ts';
import { isAtLeast } from './kernel-version.ts';
import { btfPath, explainMissingBtf } from './missing-btf.ts';
import { explainLockdown } from './refusal.ts';
import { lastWords } from './verifier-log.ts';

/** Why programs and maps could not be made, permission apart. */
export function explainLoadFailure(error: SystemError, host: Host): Verdict {
  if (error.code === 'ENOSYS')
    return unsupported('this kernel, or the sandbox around this process, has no bpf(2)', doctor);
  // libbpf answers ESRCH to a relocation that it cannot resolve for want of BTF.
  if (!host.exists(btfPath)) {
    const { reason, remedy } = explainMissingBtf(host);
    return unsupported(reason, remedy);
  }
  if (error.code === 'ENOMEM') return memory(error);
  const aboutRing = /map 'ring': failed to create/.test(error.log);
  if (aboutRing && (error.code === 'E2BIG' || error.code === 'EINVAL') && isAtLeast(host.release, 5, 8)) {
    return {
      reason: 'the kernel does not make a ring of that size',
      remedy: smallerRing,
      exitCode: exitCode.usage,
    };
  }
  if (error.code === 'EMFILE' || error.code === 'ENFILE') return descriptors;
  const lockdown = explainLockdown(host);
  if (lockdown !== undefined) return unsupported(lockdown.reason, lockdown.remedy);
  if (!isAtLeast(host.release, 5, 10)) {
    return unsupported(
      `Linux ${host.release} is too old: 5.10 is the oldest that works`,
      'use a newer kernel',
    );
  }
  const words = lastWords(error.log, 3);
  return unsupported(
    words === '' ? `the kernel refused at: ${error.operation}` : `the kernel or libbpf said: ${words}`,
    `${doctor}; if it finds nothing wrong, please report this with the output of --debug`,
  );
}

const smallerRing = 'give a smaller --buffer-size';
const doctor = 'see: tlstap doctor';

export const descriptors: Verdict = {
  reason: 'too many files are open; every probe that is attached on its own takes up to three',
  remedy: 'raise the limit before: ulimit -n 65536',
  exitCode: exitCode.failed,
};

function memory(error: SystemError): Verdict {
  const map = /map '([\w.]+)': failed to create/.exec(error.log)?.[1];
  return {
    reason: `the kernel has no memory left for ${map === undefined ? 'them' : `the map "${map}"`}, or its control group has not`,
    remedy: smallerRing,
    exitCode: exitCode.failed,
  };
}

function unsupported(reason: string, remedy: string): Verdict {
  return { reason, remedy, exitCode: exitCode.unsupported };
}
