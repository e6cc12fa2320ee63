import { checkBtf } from './checks/btf.ts';
import { checkContainer } from './checks/container.ts';
import { checkKernel } from './checks/kernel.ts';
import { checkLibbpf } from './checks/libbpf.ts';
import { checkLibpcap } from './checks/libpcap.ts';
import { checkNode } from './checks/node.ts';
import { checkPackets } from './checks/packets.ts';
import { checkPidNamespace } from './checks/pid-namespace.ts';
import { checkPrivileges } from './checks/privileges.ts';
import { checkProcessAccess } from './checks/process-access.ts';
import { checkPrograms } from './checks/programs.ts';
import type { DoctorEnvironment } from './doctor-environment.ts';
import type { DoctorLine } from './doctor-line.ts';

/** Checks everything that capturing needs, in the order in which it is needed. */
export function runDoctor(environment: DoctorEnvironment): readonly DoctorLine[] {
  const libbpf = environment.loadLibbpf();
  const attempt = environment.probeAttach();
  const lines = [
    checkKernel(environment, attempt),
    checkBtf(environment),
    checkLibbpf(libbpf),
    checkPrivileges(environment, attempt),
    checkPrograms(environment, attempt, libbpf),
    checkProcessAccess(environment),
    checkPidNamespace(environment),
    checkContainer(environment),
    checkPackets(environment.probePackets()),
    checkLibpcap(environment.loadLibpcap()),
    checkNode(environment.nodeVersion),
  ];
  return lines.filter((line) => line !== undefined);
}
