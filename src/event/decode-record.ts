import { decodePacket, type PacketOwners } from './decode-packet.ts';
import { decodeSecret } from './decode-secret.ts';
import type {
  CloseEvent,
  DataEvent,
  Endpoint,
  GapReason,
  OpenEvent,
  PacketEvent,
  Role,
  SecretEvent,
} from './event.ts';
import { formatAddress } from './format-address.ts';
import {
  closeEvent,
  direction,
  eventFlag,
  eventHeader,
  eventType,
  gapReason,
  identity,
  openEvent,
  role,
} from './kernel-layout.ts';
import { readHalf, readWord } from './read-word.ts';

/** What a record's `profile` stands for. */
export interface ProbedFile {
  readonly family: string;
  readonly path: string;
}

const AF_UNIX = 1;
const AF_INET = 2;

const gapReasons: Readonly<Record<number, GapReason>> = {
  [gapReason.ringFull]: 'ring-full',
  [gapReason.fault]: 'fault',
  [gapReason.tooLong]: 'too-long',
  [gapReason.tableFull]: 'table-full',
};

const identityNotes: Readonly<Record<number, string>> = {
  [identity.known]: '',
  [identity.noConnection]: 'the TLS object holds no connection',
  [identity.wrapped]: 'its net.Conn is of a type that is not recognised',
  [identity.notASocket]: 'its descriptor is closed or no socket',
  [identity.otherFamily]: 'its socket is neither TCP/IP nor Unix',
  [identity.several]:
    'its net.Conn is of a type that is not recognised, and what it writes goes to several sockets',
};

/**
 * One record of the ring buffer, `length` bytes at `start`. The bytes of data and packets are a view of `memory`.
 * Undefined when it is none of ours: too short, or of an unknown type (a recording may hold anything).
 */
export function decodeRecord(
  memory: Buffer,
  start: number,
  length: number,
  files: readonly ProbedFile[],
  owners: PacketOwners,
): OpenEvent | DataEvent | CloseEvent | SecretEvent | PacketEvent | undefined {
  if (length < eventHeader.sizeBytes || start + length > memory.length) return undefined;
  const type = memory[start + eventHeader.type];
  if (type === eventType.data) return decodeData(memory, start, length);
  if (type === eventType.packet) return decodePacket(memory, start, length, owners);
  if (type === eventType.open) return decodeOpen(memory, start, length, files);
  if (type === eventType.close) return decodeClose(memory, start, length);
  if (type === eventType.secret)
    return decodeSecret(memory, start, length, (profile) => files[profile]?.family ?? 'unknown');
  return undefined;
}

export function decodeGapReason(value: number | undefined): GapReason | null {
  return value === undefined || value === gapReason.none ? null : (gapReasons[value] ?? null);
}

/** Written out, as all fields of the events below are: copies of objects cost more than all the rest. */
function decodeData(memory: Buffer, at: number, length: number): DataEvent | undefined {
  const payloadLength = readHalf(memory, at + eventHeader.length);
  const payload = at + eventHeader.sizeBytes;
  if (payload + payloadLength > at + length) return undefined;
  const flags = memory[at + eventHeader.flags] ?? 0;
  return {
    type: 'data',
    timeNs: readWord(memory, at + eventHeader.timeNs),
    pid: readHalf(memory, at + eventHeader.pid),
    tid: readHalf(memory, at + eventHeader.tid),
    pointer: readWord(memory, at + eventHeader.pointer),
    generation: readWord(memory, at + eventHeader.generation),
    direction: memory[at + eventHeader.direction] === direction.write ? 'write' : 'read',
    offset: (flags & eventFlag.noLedger) === 0 ? readWord(memory, at + eventHeader.offset) : null,
    bytes: memory.subarray(payload, payload + payloadLength),
    gapReason: decodeGapReason(memory[at + eventHeader.gapReason]),
  };
}

function decodeClose(memory: Buffer, at: number, length: number): CloseEvent | undefined {
  if (length < closeEvent.sizeBytes) return undefined;
  return {
    type: 'close',
    timeNs: readWord(memory, at + eventHeader.timeNs),
    pid: readHalf(memory, at + eventHeader.pid),
    tid: readHalf(memory, at + eventHeader.tid),
    pointer: readWord(memory, at + eventHeader.pointer),
    generation: readWord(memory, at + eventHeader.generation),
    readBytes: readWord(memory, at + closeEvent.offset),
    writtenBytes: readWord(memory, at + closeEvent.offset + 8),
    readGapReason: decodeGapReason(memory[at + closeEvent.gapReason]),
    writeGapReason: decodeGapReason(memory[at + closeEvent.gapReason + 1]),
  };
}

function decodeOpen(
  memory: Buffer,
  at: number,
  length: number,
  files: readonly ProbedFile[],
): OpenEvent | undefined {
  if (length < openEvent.sizeBytes) return undefined;
  const file = files[memory.readUInt32LE(at + openEvent.profile)];
  const fd = memory.readInt32LE(at + openEvent.fd);
  const known = memory[at + openEvent.identity] === identity.known;
  return {
    type: 'open',
    timeNs: readWord(memory, at + eventHeader.timeNs),
    pid: readHalf(memory, at + eventHeader.pid),
    tid: readHalf(memory, at + eventHeader.tid),
    pointer: readWord(memory, at + eventHeader.pointer),
    generation: readWord(memory, at + eventHeader.generation),
    family: file?.family ?? 'unknown',
    exe: file?.path ?? '',
    comm: decodeText(memory, at + openEvent.comm, 16),
    role: decodeRole(memory[at + openEvent.role]),
    fd: fd < 0 ? null : fd,
    local: known ? decodeEndpoint(memory, at, 'local') : null,
    remote: known ? decodeEndpoint(memory, at, 'remote') : null,
    joinedLate: ((memory[at + eventHeader.flags] ?? 0) & eventFlag.joinedLate) !== 0,
    identityNote: identityNotes[memory[at + openEvent.identity] ?? -1] ?? 'unknown',
  };
}

function decodeRole(value: number | undefined): Role | null {
  if (value === role.client) return 'client';
  return value === role.server ? 'server' : null;
}

const endpointFields = {
  local: [openEvent.localAddress, openEvent.localPort, openEvent.localPath, openEvent.localPathLength],
  remote: [openEvent.remoteAddress, openEvent.remotePort, openEvent.remotePath, openEvent.remotePathLength],
} as const;

function decodeEndpoint(memory: Buffer, at: number, side: 'local' | 'remote'): Endpoint {
  const [address, port, path, pathLength] = endpointFields[side];
  const family = memory.readUInt16LE(at + openEvent.socketFamily);
  if (family === AF_UNIX) {
    const bytes = Math.min(memory.readUInt16LE(at + pathLength), 108);
    return { path: decodeUnixPath(memory.subarray(at + path, at + path + bytes)) };
  }
  const addressBytes = family === AF_INET ? 4 : 16;
  return {
    address: formatAddress(memory.subarray(at + address, at + address + addressBytes)),
    port: memory.readUInt16LE(at + port),
  };
}

/** unix(7): a name that begins with NUL is abstract and counts with all its bytes. */
function decodeUnixPath(bytes: Buffer): string {
  if (bytes[0] === 0) return `@${bytes.toString('utf8', 1)}`;
  return decodeText(bytes, 0, bytes.length);
}

function decodeText(memory: Buffer, at: number, mostBytes: number): string {
  const end = memory.subarray(at, at + mostBytes).indexOf(0);
  return memory.toString('utf8', at, end < 0 ? at + mostBytes : at + end);
}
