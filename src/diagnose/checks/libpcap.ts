import type { DoctorLine } from '../doctor-line.ts';

/** Never a failure: only filter expressions need it. */
export function checkLibpcap(library: string | undefined): DoctorLine {
  if (library !== undefined)
    return { status: 'ok', name: 'libpcap', detail: `${library}, for packet filters`, remedy: '' };
  return {
    status: 'warn',
    name: 'libpcap',
    detail: 'not installed: -m pcap works, filter expressions do not',
    remedy: 'apt install libpcap0.8 (Debian, Ubuntu), dnf install libpcap (Fedora)',
  };
}
