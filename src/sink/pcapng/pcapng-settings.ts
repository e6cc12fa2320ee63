import type { InterfaceEvent, PacketEvent } from '../../event/event.ts';
import type { OutputDescriptor } from '../output-descriptor.ts';
import type { InvokingUser } from '../output-file.ts';
import type { RotationRules } from './rotation.ts';
import type { SectionInfo } from './section-block.ts';

/** Where a capture is written. Rotation is for paths of regular files. */
export type PcapngTarget =
  | { readonly path: string; readonly owner: InvokingUser | null }
  /** What `openStdout` gave, for `-w -`. */
  | { readonly descriptor: OutputDescriptor };

export interface PcapngSettings {
  readonly target: PcapngTarget;
  readonly section: SectionInfo;
  /** Wall clock = clockOffsetNs + monotonic clock, in nanoseconds since 1970. */
  readonly clockOffsetNs: bigint;
  /** Minutes east of Greenwich at a moment in milliseconds since 1970, for names of files. */
  readonly utcOffsetMinutes: (unixMs: number) => number;
  /** Monotonic, when the capture began. */
  readonly startTimeNs: number;
  /**
   * `cooked`: LINUX_SLL2 for everything (`-i any`, interfaces of several kinds). `as-captured`: that of the first
   * interfaces, if they agree, else cooked; see docs/pcap.md for one of another kind that comes later.
   */
  readonly linkLayer: 'as-captured' | 'cooked';
  /** Whether TLS secrets belong into the file, so that packets wait for them. */
  readonly wantsSecrets: boolean;
  /**
   * Whether the secrets of a handshake may come. It is asked for the packet of each ClientHello, and false only where
   * both ends are known not to be captured: the owner of a packet is one end of its connection, and over loopback or to
   * a container the other one may be a probed process on this machine. Default: always.
   */
  readonly expectsSecrets?: (packet: PacketEvent, captured: InterfaceEvent) => boolean;
  readonly rotation?: RotationRules;
  /** Take no more packets than this. */
  readonly packetCount?: number;
  /** The reader is gone (`| head`): called once; nothing more needs to be handed in. */
  readonly onClosed: () => void;
  /** Nothing more can be written (disk full …): called once. The file so far is readable. */
  readonly onError: (error: NodeJS.ErrnoException, path: string) => void;
  /** `packetCount`, or the number of files, is reached: called once. */
  readonly onFinished: () => void;
}

/** What became of the packets. */
export interface PcapngTotals {
  readonly packets: number;
  /** The reader was too slow, the disk full, or the file's link layer cannot hold them. */
  readonly droppedPackets: number;
  readonly files: number;
  readonly secrets: number;
  /** Handshakes whose packets were written before all their secrets were known. */
  readonly unfinishedHandshakes: number;
  /** Secrets that came after packets that need them and could not be put before them. */
  readonly lateSecrets: number;
  /** Most bytes that waited for secrets at a time. */
  readonly mostHeldBytes: number;
}
