import type { DoctorLine } from '../doctor-line.ts';
import { findContainer } from '../find-container.ts';
import type { Host } from '../host.ts';

/** Processes are named by their numbers in this process's own namespace. */
export function checkPidNamespace(host: Host): DoctorLine {
  const name = 'pid namespace';
  const link = host.readLink('/proc/self/ns/pid');
  if (link === undefined) {
    return {
      status: 'warn',
      name,
      detail: 'unknown: /proc/self/ns/pid cannot be read',
      remedy: 'mount -t proc proc /proc',
    };
  }
  if (link === initialPidNamespace) {
    return { status: 'ok', name, detail: 'the initial one: every process can be seen', remedy: '' };
  }
  return {
    status: 'warn',
    name,
    detail: 'not the initial one: only the processes of this namespace can be seen and named',
    remedy:
      findContainer(host) === undefined
        ? 'to see all processes, run it outside this pid namespace'
        : 'to see all processes of the host, start the container with --pid=host (Kubernetes: hostPID: true)',
  };
}

/** PROC_PID_INIT_INO (0xeffffffc), include/linux/proc_ns.h. */
const initialPidNamespace = 'pid:[4026531836]';
