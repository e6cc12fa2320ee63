import { addressOf, bpf, close } from './libc.ts';
import { lookupElement } from './map-access.ts';
import { SystemError } from './system-error.ts';

/** Commands and types of include/uapi/linux/bpf.h. */
const BPF_PROG_GET_FD_BY_ID = 13;
const BPF_MAP_GET_FD_BY_ID = 14;
const BPF_OBJ_GET_INFO_BY_FD = 15;
const BPF_MAP_TYPE_PROG_ARRAY = 3;
const mostMaps = 64;

/** Whether a program that only hands on by tail call has nobody to hand to. False when it cannot be looked at. */
export function isTailCallEmpty(programId: number): boolean {
  try {
    return readMapIds(programId).some(isEmptyProgramArray);
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** struct bpf_prog_info: nr_map_ids u32 @52, map_ids u64 @56. */
function readMapIds(programId: number): number[] {
  const fd = bpf('find program', BPF_PROG_GET_FD_BY_ID, idOnly(programId));
  try {
    const ids = Buffer.alloc(4 * mostMaps);
    const info = Buffer.alloc(80);
    info.writeUInt32LE(mostMaps, 52);
    info.writeBigUInt64LE(addressOf(ids), 56);
    readInfo(fd, info);
    const count = Math.min(info.readUInt32LE(52), mostMaps);
    return Array.from({ length: count }, (_, index) => ids.readUInt32LE(4 * index));
  } finally {
    close(fd);
  }
}

/** struct bpf_map_info begins with { type u32 @0, id u32 @4, key size u32 @8, value size u32 @12, max entries u32 @16 }. */
function isEmptyProgramArray(mapId: number): boolean {
  const fd = bpf('find map', BPF_MAP_GET_FD_BY_ID, idOnly(mapId));
  try {
    const info = Buffer.alloc(20);
    readInfo(fd, info);
    if (info.readUInt32LE(0) !== BPF_MAP_TYPE_PROG_ARRAY) return false;
    const entries = info.readUInt32LE(16);
    return Array.from({ length: entries }, (_, index) => index).every((index) => {
      const key = Buffer.alloc(4);
      key.writeUInt32LE(index);
      return lookupElement(fd, key, 4) === undefined;
    });
  } finally {
    close(fd);
  }
}

function idOnly(id: number): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt32LE(id, 0);
  return block;
}

/** { fd u32 @0, length u32 @4, info u64 @8 } */
function readInfo(fd: number, info: Buffer): void {
  const block = Buffer.alloc(16);
  block.writeUInt32LE(fd, 0);
  block.writeUInt32LE(info.length, 4);
  block.writeBigUInt64LE(addressOf(info), 8);
  bpf('read info', BPF_OBJ_GET_INFO_BY_FD, block);
}
