import type { Host } from './host.ts';

/** The {@link Host} and the things that are judged by trying them. */
export interface DoctorEnvironment extends Host {
  /** Loads the real programs and lets them go: the attach method that this kernel takes, or what went wrong. */
  readonly probeAttach: () => string | Error;
  /** Loads the programs that capture packets and lets them go: how they would be attached, or what went wrong. */
  readonly probePackets: () => string | Error;
  /** The version of libbpf, or what went wrong. */
  readonly loadLibbpf: () => string | Error;
  /** The name of the libpcap that can be loaded; undefined when there is none. */
  readonly loadLibpcap: () => string | undefined;
}
