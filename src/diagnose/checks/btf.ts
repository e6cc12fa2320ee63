import type { DoctorLine } from '../doctor-line.ts';
import type { Host } from '../host.ts';
import { btfPath, explainMissingBtf } from '../missing-btf.ts';

/** The programs find the fields of kernel structs by BTF (CO-RE); without it none of them loads. */
export function checkBtf(host: Host): DoctorLine {
  if (host.exists(btfPath)) return { status: 'ok', name: 'BTF', detail: btfPath, remedy: '' };
  const { reason, remedy } = explainMissingBtf(host);
  return { status: 'fail', name: 'BTF', detail: reason, remedy };
}
