import type { DoctorLine } from '../doctor-line.ts';

/** Never a failure: nothing in this version uses libpcap; packet filters will. */
export function checkLibpcap(library: string | undefined): DoctorLine {
  const detail =
    library === undefined
      ? 'not installed, which is fine: nothing uses it yet'
      : `${library}; nothing uses it yet`;
  return { status: 'ok', name: 'libpcap', detail, remedy: '' };
}
