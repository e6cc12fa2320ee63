import type { Connection, StreamEvent } from '../../stream/stream-event.ts';
import { BlockBuffer, packetBlockLength } from '../pcapng/block-buffer.ts';
import type { FileOutput } from '../pcapng/file-output.ts';
import { formatInterfaceBlock } from '../pcapng/interface-block.ts';
import { openBlockFile, useBlockDescriptor } from '../pcapng/open-block-output.ts';
import { PcapngFile } from '../pcapng/pcapng-file.ts';
import type { PcapngTarget } from '../pcapng/pcapng-settings.ts';
import { formatSectionBlock, type SectionInfo } from '../pcapng/section-block.ts';
import { formatStatisticsBlock } from '../pcapng/statistics-block.ts';
import type { StreamOutput } from '../pcapng/stream-output.ts';
import { WallTime } from '../pcapng/wall-time.ts';
import { PlaintextFlow } from './plaintext-flow.ts';
import { maxFrameBytes } from './segment-builder.ts';
import { findTcpEnds, formatEnds, placeholderEnds, type TcpEnds } from './tcp-ends.ts';

export interface PlaintextPacketsSettings {
  readonly target: PcapngTarget;
  readonly section: SectionInfo;
  /** Wall clock = clockOffsetNs + monotonic clock, in nanoseconds since 1970. */
  readonly clockOffsetNs: bigint;
  /** Monotonic, when the capture began. */
  readonly startTimeNs: number;
  readonly onClosed: () => void;
  readonly onError: (error: NodeJS.ErrnoException, path: string) => void;
}

/** What became of the streams. */
export interface PlaintextPacketsTotals {
  readonly connections: number;
  /** Seen from their other end already: both of their programs are captured. */
  readonly mirroredConnections: number;
  readonly packets: number;
  /** The reader was too slow, or the disk full. */
  readonly droppedPackets: number;
}

const bufferBytes = 1 << 18;
const flushAfterNs = 100e6;

/**
 * Writes decrypted text as packets (`--pcap-plaintext FILE`), for tools that cannot use TLS secrets. Give it every event
 * of the streams, in order (`onStream` of the pipeline's settings), whether or not protocols are parsed. A connection
 * begins with its first byte. Time is that of the events.
 */
export class PlaintextPacketsSink {
  readonly #wall: WallTime;
  readonly #settings: PlaintextPacketsSettings;
  readonly #output: FileOutput | StreamOutput;
  readonly #file: PcapngFile;
  /** Undefined for a connection that is not shown. */
  readonly #flows = new Map<number, { readonly flow: PlaintextFlow; readonly name: string } | undefined>();
  /** Four numbers in use, as {@link formatEnds} names them. */
  readonly #names = new Set<string>();
  readonly #frame = Buffer.alloc(maxFrameBytes);
  readonly #totals = { connections: 0, mirroredConnections: 0, packets: 0, droppedPackets: 0 };
  #timeNs: number;
  #lastFlushNs: number;
  #ended = false;
  #closing: Promise<number> | undefined;

  /** @throws {UserError} when the file cannot be opened */
  constructor(settings: PlaintextPacketsSettings) {
    this.#settings = settings;
    this.#wall = new WallTime(settings.clockOffsetNs);
    this.#timeNs = settings.startTimeNs;
    this.#lastFlushNs = settings.startTimeNs;
    this.#output = openTarget(settings);
    this.#file = new PcapngFile({
      output: this.#output,
      buffer: new BlockBuffer(bufferBytes),
      header: Buffer.concat([formatSectionBlock(settings.section), formatInterface(settings.section.os)]),
      reservedBytes: 0,
      secretLines: '',
    });
  }

  get totals(): PlaintextPacketsTotals {
    return { ...this.#totals };
  }

  /** A write waits inside the kernel on a thread: the process must be left by `_exit`. */
  get stuck(): boolean {
    return 'stuck' in this.#output && this.#output.stuck;
  }

  readonly stream = (event: StreamEvent): void => {
    if (this.#ended) return;
    if (event.timeNs > this.#timeNs) this.#timeNs = event.timeNs;
    switch (event.type) {
      case 'data':
        this.#flowOf(event.connection)?.data(event.direction, event.bytes);
        break;
      case 'gap':
        // What a late join missed is said at the start.
        if (event.reason === 'joined-late') break;
        this.#flowOf(event.connection)?.gap(event.direction, event.lengthBytes, event.reason);
        break;
      case 'close':
        this.#close(event.connection, event.cause);
        break;
      case 'tick':
        this.flush();
        break;
      case 'open':
      case 'secret':
        break;
    }
    if (this.#timeNs - this.#lastFlushNs >= flushAfterNs) this.flush();
  };

  flush(): void {
    if (this.#ended) return;
    this.#lastFlushNs = this.#timeNs;
    this.#file.flush();
  }

  end(): void {
    if (this.#ended) return;
    this.#file.appendBlock(this.#formatStatistics());
    this.flush();
    this.#ended = true;
  }

  /** Resolves when there is room again: for producers that can wait. */
  drained(): Promise<void> {
    return 'drained' in this.#output ? this.#output.drained() : Promise.resolve();
  }

  /** After {@link end}: delivers what waits, for at most `limitMs`. Returns how many bytes were never delivered. */
  close(limitMs: number): Promise<number> {
    this.end();
    return (this.#closing ??= this.#output.close(limitMs));
  }

  #flowOf(connection: Connection): PlaintextFlow | undefined {
    if (this.#flows.has(connection.id)) return this.#flows.get(connection.id)?.flow;
    const ends = this.#chooseEnds(connection);
    if (ends === undefined) {
      this.#totals.mirroredConnections += 1;
      this.#flows.set(connection.id, undefined);
      return undefined;
    }
    this.#totals.connections += 1;
    const name = formatEnds(ends.local, ends.remote);
    this.#names.add(name);
    const flow = new PlaintextFlow(connection, ends, this.#frame, this.#emit);
    this.#flows.set(connection.id, { flow, name });
    return flow;
  }

  /**
   * Two connections cannot have the same four numbers at a time. Seen from the other end it is the same one, and the same
   * text: undefined. Else it is TLS inside TLS, or in another network namespace: it gets others.
   */
  #chooseEnds(connection: Connection): TcpEnds | undefined {
    const ends = findTcpEnds(connection);
    if (this.#names.has(formatEnds(ends.remote, ends.local))) return undefined;
    return this.#names.has(formatEnds(ends.local, ends.remote)) ? placeholderEnds(connection) : ends;
  }

  #close(connection: Connection, cause: 'close' | 'exit' | 'reused' | 'end'): void {
    const known = this.#flows.get(connection.id);
    this.#flows.delete(connection.id);
    if (known === undefined) return;
    known.flow.close(cause);
    this.#names.delete(known.name);
  }

  readonly #emit = (frame: Uint8Array, options: Uint8Array): void => {
    this.#wall.set(this.#timeNs);
    const block = {
      interfaceIndex: 0,
      timeHigh: this.#wall.high,
      timeLow: this.#wall.low,
      prefix: nothing,
      prefixBytes: 0,
      bytes: frame,
      skip: 0,
      limitBytes: maxFrameBytes,
      originalBytes: frame.length,
      options,
    };
    if (this.#file.hasRoom(packetBlockLength(block))) {
      this.#file.appendPacket(block);
      this.#totals.packets += 1;
    } else {
      this.#totals.droppedPackets += 1;
    }
  };

  #formatStatistics(): Buffer {
    return formatStatisticsBlock({
      interfaceIndex: 0,
      timeNs: this.#wall.exact(this.#timeNs),
      startTimeNs: this.#wall.exact(this.#settings.startTimeNs),
      receivedPackets: null,
      ringDroppedPackets: null,
      outputDroppedPackets: this.#totals.droppedPackets,
      writtenPackets: this.#totals.packets,
    });
  }
}

const nothing = new Uint8Array(0);

function openTarget({ target, onClosed, onError }: PlaintextPacketsSettings): FileOutput | StreamOutput {
  const path = 'path' in target ? target.path : 'stdout';
  const callbacks = { onClosed, onError: (error: NodeJS.ErrnoException) => onError(error, path) };
  if ('descriptor' in target) return useBlockDescriptor(target.descriptor, callbacks);
  return openBlockFile(path, target.owner, callbacks);
}

function formatInterface(os: string): Buffer {
  return formatInterfaceBlock({
    linkType: 1,
    snapLengthBytes: 262_144,
    name: 'tlstap',
    description: 'decrypted text of TLS connections; no packet was ever sent like this',
    filter: '',
    os,
  });
}
