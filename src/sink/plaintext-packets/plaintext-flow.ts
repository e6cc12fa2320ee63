import type { Direction, GapReason, PacketDirection } from '../../event/event.ts';
import type { Connection, StreamClose } from '../../stream/stream-event.ts';
import { formatPlural } from '../../util/format-plural.ts';
import { formatEndpoint } from '../format-endpoint.ts';
import { gapReasonText } from '../format-gap.ts';
import { formatPacketOptions } from '../pcapng/packet-options.ts';
import { maxSegmentBytes, SegmentBuilder, tcpFlag } from './segment-builder.ts';
import { isClient, type TcpEnds } from './tcp-ends.ts';

/** Takes a frame, valid only during the call, with the options of its block. */
export type EmitFrame = (frame: Uint8Array, options: Uint8Array) => void;

/** The first sequence number of each side, so that both are easily told apart. */
const firstSequence = { client: 1_000_000, server: 2_000_000 } as const;
/** The other side acknowledges after as many segments, well within a window without scaling. */
const segmentsPerAcknowledgement = 32;
/** A hole may not be taken for what was sent before. */
const longestHoleBytes = 2 ** 30;

interface Side {
  readonly builder: SegmentBuilder;
  readonly options: Uint8Array;
  readonly packetDirection: PacketDirection;
  sequence: number;
  /** To be said with its next packet. */
  note: string;
}

/**
 * The text of one connection as TCP that never was: handshake, segments, acknowledgements, end. A gap of known length is
 * a hole in the sequence numbers; one of unknown length is only said in the comment of the next packet.
 */
export class PlaintextFlow {
  readonly #emit: EmitFrame;
  readonly #comment: string;
  readonly #sides: Readonly<Record<Direction, Side>>;

  /** Emits the handshake. `frame` is shared with others: what frames are built in. */
  constructor(connection: Connection, ends: TcpEnds, frame: Buffer, emit: EmitFrame) {
    this.#emit = emit;
    this.#comment = describe(connection, ends);
    const client = isClient(connection, ends);
    const out = new SegmentBuilder(ends.local, ends.remote, frame);
    const back = new SegmentBuilder(ends.remote, ends.local, frame);
    this.#sides = {
      write: this.#createSide(out, 'out', client ? firstSequence.client : firstSequence.server),
      read: this.#createSide(back, 'in', client ? firstSequence.server : firstSequence.client),
    };
    this.#shakeHands(client ? 'write' : 'read', connection.joinedLate);
  }

  data(direction: Direction, bytes: Uint8Array): void {
    const side = this.#sides[direction];
    const other = this.#sides[opposite(direction)];
    for (let at = 0, segments = 1; at < bytes.length; at += maxSegmentBytes, segments += 1) {
      const end = at + maxSegmentBytes;
      const isLast = end >= bytes.length;
      this.#send(side, other, tcpFlag.ack | (isLast ? tcpFlag.psh : 0), bytes.subarray(at, end));
      if (isLast || segments % segmentsPerAcknowledgement === 0) this.#send(other, side, tcpFlag.ack);
    }
  }

  gap(direction: Direction, lengthBytes: number | null, reason: GapReason): void {
    const side = this.#sides[direction];
    const isHole = lengthBytes !== null && lengthBytes <= longestHoleBytes;
    const amount = lengthBytes === null ? 'an unknown number of bytes' : formatPlural(lengthBytes, 'byte');
    side.note = `tlstap: ${amount} missing before this: ${gapReasonText[reason]}`;
    if (isHole) side.sequence += lengthBytes;
  }

  /** At the end of the capture connections are left open, as they were. */
  close(cause: StreamClose['cause']): void {
    if (cause === 'end') return;
    const { write, read } = this.#sides;
    for (const [side, other] of [
      [write, read],
      [read, write],
    ] as const) {
      this.#send(side, other, tcpFlag.fin | tcpFlag.ack);
      side.sequence += 1;
    }
    this.#send(write, read, tcpFlag.ack);
  }

  #createSide(builder: SegmentBuilder, packetDirection: PacketDirection, sequence: number): Side {
    const options = formatPacketOptions(packetDirection, [this.#comment]);
    return { builder, options, packetDirection, sequence, note: '' };
  }

  #shakeHands(client: Direction, joinedLate: boolean): void {
    const first = this.#sides[client];
    const second = this.#sides[opposite(client)];
    if (joinedLate)
      first.note = 'tlstap: this connection is older than the capture; what was said before is not here';
    this.#send(first, undefined, tcpFlag.syn);
    first.sequence += 1;
    this.#send(second, first, tcpFlag.syn | tcpFlag.ack);
    second.sequence += 1;
    this.#send(first, second, tcpFlag.ack);
  }

  #send(side: Side, other: Side | undefined, flags: number, payload: Uint8Array = nothing): void {
    const frame = side.builder.build(flags, side.sequence, other?.sequence ?? 0, payload);
    side.sequence += payload.length;
    if (side.note === '') {
      this.#emit(frame, side.options);
      return;
    }
    this.#emit(frame, formatPacketOptions(side.packetDirection, [this.#comment, side.note]));
    side.note = '';
  }
}

const nothing = new Uint8Array(0);

function opposite(direction: Direction): Direction {
  return direction === 'read' ? 'write' : 'read';
}

/** `tlstap: decrypted text of connection 3, never sent like this: pid=812 comm=caddy gotls` */
function describe(connection: Connection, ends: TcpEnds): string {
  const { id, pid, comm, family, local, remote } = connection;
  const process = `pid=${pid} comm=${comm.replaceAll(/[\u0000-\u001f\u007f]/g, '?')} ${family}`;
  const real = ends.isPlaceholder
    ? `, addresses made up for ${formatEndpoint(local)} and ${formatEndpoint(remote)}`
    : '';
  return `tlstap: decrypted text of connection ${id}, never sent like this: ${process}${real}`;
}
