import { SystemError } from '../bpf/system-error.ts';
import { exitCode, UserError } from '../util/user-error.ts';

/** What only packets need: probes were attached already, so privileges are there but for this. @throws {UserError} */
export function explainPackets<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EPERM') throw error;
    throw new UserError({
      message: 'cannot capture packets: operation not permitted',
      reason: `${error.operation} needs CAP_NET_ADMIN, and CAP_SYS_ADMIN for other network namespaces`,
      remedy: 'run it with sudo, or see: tlstap doctor',
      exitCode: exitCode.privilege,
      cause: error,
    });
  }
}
