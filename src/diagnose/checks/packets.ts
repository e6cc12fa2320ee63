import type { DoctorLine } from '../doctor-line.ts';

/** Never a failure: only `-m pcap` attaches to network interfaces. `attempt`: how that would be done, or what went wrong. */
export function checkPackets(attempt: string | Error): DoctorLine {
  const name = 'packets';
  if (typeof attempt === 'string') return { status: 'ok', name, detail: describe(attempt), remedy: '' };
  return {
    status: 'warn',
    name,
    detail: `-m pcap does not work: ${attempt.message}`,
    remedy: 'run with sudo, or with CAP_NET_ADMIN too; all else works without',
  };
}

function describe(method: string): string {
  return method === 'tcx'
    ? 'tcx: nothing is left on an interface whatever happens'
    : 'clsact (no tcx before Linux 6.6): after a kill an inert filter is left until the next start';
}
