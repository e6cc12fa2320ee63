import type { SystemError } from '../bpf/system-error.ts';
import { exitCode, type ExitCode } from '../util/user-error.ts';
import { tooManyFiles } from './too-many-files.ts';
import type { Host } from './host.ts';
import { explainMissingUprobes, uprobeTypePath } from './missing-uprobes.ts';
import type { Verdict } from './verdict.ts';
import { lastWords } from './verifier-log.ts';

/**
 * Why loaded programs could not be attached to a file, permission apart. The codes are those of
 * kernel/events/uprobes.c (uprobe_register, prepare_uprobe), kernel/trace/trace_uprobe.c and kernel/trace/bpf_trace.c.
 */
export function explainAttachFailure(error: SystemError, host: Host): Verdict {
  if (error.operation !== 'attach uprobes' && !host.exists(uprobeTypePath)) {
    return { ...explainMissingUprobes(host), exitCode: exitCode.unsupported };
  }
  switch (error.code) {
    case 'EIO':
      return target(
        'its file system gives the kernel no pages to put probes in',
        'copy the program to a local file system such as ext4, xfs or tmpfs and run it from there',
      );
    case 'ENOENT':
      return target(
        'the file, or the process that ran it, is gone',
        'start it again, then repeat the command',
      );
    case 'EBADF':
    case 'EINVAL':
      return target(
        'the kernel does not take these places of this file: it is no regular file, or has changed meanwhile',
        'repeat the command; if it fails again, see: tlstap inspect PATH',
      );
    case 'EOPNOTSUPP':
    case 'ENOTSUP':
    case 'E524':
      return target(
        'the kernel cannot put a probe on one of these instructions, or finds a breakpoint written in the file',
        'see: tlstap inspect PATH',
      );
    case 'EBUSY':
      return target(
        'another tool holds a probe at the same place in a way that excludes others',
        'end that tool first',
      );
    case 'ETXTBSY':
      return target('the file is open for writing', 'wait until it is written, then repeat the command');
    case 'ESRCH':
      return target('the process has ended', 'start it again, then repeat the command');
    case 'EMFILE':
    case 'ENFILE':
      return tooManyFiles;
    case 'ENOMEM':
      return verdict('the kernel has no memory left for probes', 'end other tracing tools', exitCode.failed);
    case 'E2BIG':
      return verdict(
        'too many BPF programs are attached to the same place, or too many places were given',
        'end other tracing tools, or give fewer files',
        exitCode.failed,
      );
    default:
      return verdict(describe(error), 'see: tlstap doctor', exitCode.unsupported);
  }
}

function target(reason: string, remedy: string): Verdict {
  return verdict(reason, remedy, exitCode.targetUnusable);
}

function verdict(reason: string, remedy: string, code: ExitCode): Verdict {
  return { reason, remedy, exitCode: code };
}

function describe(error: SystemError): string {
  const words = lastWords(error.log, 3);
  return `the kernel refused at: ${error.operation}${words === '' ? '' : ` (${words})`}`;
}
