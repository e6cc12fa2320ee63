import { loadLibbpf } from '../bpf/libbpf.ts';
import { findSharedLibrary } from '../bpf/shared-library.ts';
import type { DoctorEnvironment } from './doctor-environment.ts';
import { readRealHost } from './read-real-host.ts';

/**
 * This machine. `probeAttach` and `probePackets` load the real programs and let them go: they return (or throw) what
 * went wrong, or the name of the attach method.
 */
export function readRealEnvironment(
  probeAttach: () => string | Error,
  probePackets: () => string | Error,
): DoctorEnvironment {
  return {
    ...readRealHost(),
    probeAttach: orError(probeAttach),
    probePackets: orError(probePackets),
    loadLibbpf: orError(() => loadLibbpf().version),
    // Debian and Ubuntu kept the old soname 0.8; everybody else has 1.
    loadLibpcap: () => findSharedLibrary(['libpcap.so.0.8', 'libpcap.so.1']),
  };
}

function orError(run: () => string | Error): () => string | Error {
  return () => {
    try {
      return run();
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
}
