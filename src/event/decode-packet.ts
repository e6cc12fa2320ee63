import type { PacketEvent, PacketOwner } from './event.ts';
import { eventHeader, packetDirection, packetEvent } from './kernel-layout.ts';
import { readHalf, readWord } from './read-word.ts';

/** Owners that were met: one object each, so that what is made of an owner can be kept by identity. */
export class PacketOwners {
  readonly #known = new Map<number, PacketOwner>();

  /** The owner in a packet record at `at` of `memory`; null when it is not known. */
  read(memory: Buffer, at: number): PacketOwner | null {
    const pid = readHalf(memory, at + eventHeader.pid);
    if (pid === 0) return null;
    const uid = readHalf(memory, at + packetEvent.uid);
    const known = this.#known.get(pid);
    if (known?.uid === uid && isText(memory, at + packetEvent.comm, known.comm)) return known;
    const owner = { pid, uid, comm: decodeComm(memory, at + packetEvent.comm) };
    // Bounded for captures that run for months: what is lost is only made again.
    if (this.#known.size >= mostOwners) this.#known.clear();
    this.#known.set(pid, owner);
    return owner;
  }
}

const mostOwners = 4096;
const commBytes = 16;

/** A packet record, `length` bytes at `at`; its bytes are a view of `memory`. Undefined when it is too short. */
export function decodePacket(
  memory: Buffer,
  at: number,
  length: number,
  owners: PacketOwners,
): PacketEvent | undefined {
  if (length < packetEvent.sizeBytes) return undefined;
  const payload = at + packetEvent.sizeBytes;
  const payloadLength = readHalf(memory, at + eventHeader.length);
  if (payload + payloadLength > at + length) return undefined;
  return {
    type: 'packet',
    timeNs: readWord(memory, at + eventHeader.timeNs),
    interfaceId: readHalf(memory, at + packetEvent.interface),
    direction: memory[at + eventHeader.direction] === packetDirection.out ? 'out' : 'in',
    lengthBytes: readHalf(memory, at + packetEvent.originalLength),
    segmentBytes: readHalf(memory, at + packetEvent.segmentBytes),
    bytes: memory.subarray(payload, payload + payloadLength),
    owner: owners.read(memory, at),
  };
}

function decodeComm(memory: Buffer, at: number): string {
  const end = memory.subarray(at, at + commBytes).indexOf(0);
  return memory.toString('utf8', at, end < 0 ? at + commBytes : at + end);
}

/** Whether a comm is this one, without making a string of it; names beyond ASCII are decoded. */
function isText(memory: Buffer, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return decodeComm(memory, at) === text;
    if (memory[at + index] !== code) return false;
  }
  return text.length >= commBytes || memory[at + text.length] === 0;
}
