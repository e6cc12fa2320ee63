import { UserError } from '../../util/user-error.ts';
import type { DoctorLine } from '../doctor-line.ts';

/** `loaded` is the version, or what went wrong. */
export function checkLibbpf(loaded: string | Error): DoctorLine {
  if (typeof loaded === 'string') return { status: 'ok', name: 'libbpf', detail: loaded, remedy: '' };
  return {
    status: 'fail',
    name: 'libbpf',
    detail: loaded instanceof UserError ? loaded.reason : loaded.message,
    remedy: libbpfRemedy,
  };
}

const libbpfRemedy = 'install it: apt install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora)';
