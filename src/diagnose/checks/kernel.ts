import { attachKind, isSleepable } from '../attach-kind.ts';
import type { DoctorLine } from '../doctor-line.ts';
import type { Host } from '../host.ts';
import { isAtLeast } from '../kernel-version.ts';

/** The oldest kernel that is tested. */
const floor = [5, 10] as const;

const architectures: Readonly<Record<string, string>> = { x64: 'x86-64', arm64: 'arm64' };

/**
 * What the kernel can do was found by trying where `attempt` is an attach method: distributions carry features back
 * into kernels with old numbers. Otherwise the release number is all there is.
 */
export function checkKernel(host: Host, attempt: string | Error): DoctorLine {
  const architecture = architectures[host.arch];
  const running = `Linux ${host.release} ${architecture ?? host.arch}`;
  if (architecture === undefined) {
    return line('fail', `${running}: only x86-64 and arm64 are supported`, 'use a 64-bit x86 or ARM machine');
  }
  const isOld = !isAtLeast(host.release, ...floor);
  if (typeof attempt === 'string') {
    const detail = `${running}: ${describeMethod(attempt)}`;
    if (isOld) return line('warn', `${detail}; older than ${floor.join('.')}, the oldest that is tested`, '');
    return isSleepable(attempt) ? line('ok', detail, '') : line('warn', detail, newerKernel);
  }
  if (isOld) {
    return line(
      'fail',
      `${running} is too old: ${floor.join('.')} is the oldest that works`,
      'use a newer kernel; from 6.6 on everything is supported',
    );
  }
  return line('ok', `${running}: by its number, ${describeRelease(host.release)}`, '');
}

const newerKernel = 'Linux 6.1 and later can read all memory, so that nothing is missing';

function line(status: DoctorLine['status'], detail: string, remedy: string): DoctorLine {
  return { status, name: 'kernel', detail, remedy };
}

function describeMethod(method: string): string {
  const kind = attachKind(method);
  if (!isSleepable(method)) return 'no sleepable programs, so memory that is not resident is shown as a gap';
  return kind === 'uprobe_multi'
    ? 'uprobe_multi, sleepable programs'
    : 'sleepable programs, no uprobe_multi (6.6): detaching takes 0.1 s for each probe';
}

function describeRelease(release: string): string {
  if (isAtLeast(release, 6, 6)) return 'uprobe_multi and sleepable programs';
  if (isAtLeast(release, 6, 1)) return 'sleepable programs, no uprobe_multi (6.6)';
  if (isAtLeast(release, 5, 15)) return 'no sleepable programs (6.1), no uprobe_multi (6.6)';
  return 'no attach cookies (5.15), no sleepable programs (6.1), no uprobe_multi (6.6)';
}
