import type { PacketDirection } from '../event/event.ts';
import type { Mode } from './modes.ts';
import type { ColorChoice } from './terminal.ts';

/** Flags of `gotls` (and, of those, the output ones of `replay`) as commander hands them over. */
export interface CaptureFlags extends OutputFlags {
  readonly elfpath: readonly string[];
  readonly pid: readonly number[];
  readonly uid: readonly number[];
  readonly follow?: true;
  readonly duration?: number;
  readonly count?: number;
  readonly bufferSize?: number;
  readonly mapsize?: number;
  readonly btf: '0' | '1' | '2';
  readonly record?: string;
  readonly ifname: readonly string[];
  readonly snaplen?: number;
  readonly direction?: PacketDirection;
  readonly readyFile?: string;
}

export interface OutputFlags {
  /** Undefined: text. */
  readonly model?: ReadonlySet<Mode>;
  readonly keylogfile?: string;
  readonly pcapfile?: string;
  /** Bytes, seconds and number of files, as in tcpdump: see `RotationRules`. */
  readonly C?: number;
  readonly G?: number;
  readonly W?: number;
  readonly packetCount?: number;
  readonly pcapPlaintext?: string;
  readonly json?: true;
  readonly raw?: true;
  readonly hex?: true;
  readonly tsize?: number;
  readonly output?: string;
  readonly filter?: string;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly debug?: true;
  readonly color: ColorChoice;
}
