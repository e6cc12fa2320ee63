import { ClsactLink, removeLeftovers } from '../bpf/clsact-link.ts';
import type { NetworkNamespace } from '../bpf/network-namespace.ts';
import { isOurProgram } from '../bpf/program-name.ts';
import type { TcDirection } from '../bpf/tc-direction.ts';
import { hasTcx, TcxLink } from '../bpf/tcx-link.ts';

/** How programs are attached to interfaces: `tcx` since Linux 6.6. */
export type TcMethod = 'tcx' | 'clsact';

/** The best that this kernel has. `programFd`: any program for tc. */
export function findTcMethod(programFd: number): TcMethod {
  return hasTcx(programFd) ? 'tcx' : 'clsact';
}

export function attachToInterface(
  method: TcMethod,
  namespace: NetworkNamespace,
  interfaceIndex: number,
  direction: TcDirection,
  programFd: number,
): Disposable {
  return method === 'tcx'
    ? namespace.run(() => new TcxLink(programFd, interfaceIndex, direction))
    : new ClsactLink(namespace, interfaceIndex, direction, programFd);
}

/** What captures that were killed have left on an interface; there can be none by tcx. */
export function cleanInterface(
  method: TcMethod,
  namespace: NetworkNamespace,
  interfaceIndex: number,
): number {
  return method === 'tcx' ? 0 : namespace.run(() => removeLeftovers(interfaceIndex, isOurProgram));
}
