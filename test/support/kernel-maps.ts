import { addressOf, bpf, close } from '../../src/bpf/libc.ts';
import { iterateKeys } from '../../src/bpf/map-access.ts';
import { readKernelObjects } from './kernel-objects.ts';

/** Entries in each hash table that a process holds a descriptor of, by the name of the map. */
export function countMapEntries(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of readKernelObjects(pid).maps) {
    const fd = openMap(id);
    try {
      const map = describe(fd);
      if (map.type !== hashType) continue;
      counts[map.name] = [...iterateKeys(fd, map.keyBytes, 2 * map.maxEntries)].length;
    } finally {
      close(fd);
    }
  }
  return counts;
}

/** BPF_MAP_TYPE_HASH: other kinds have a fixed size, or throw away what is old by themselves. */
const hashType = 1;

/** BPF_MAP_GET_FD_BY_ID of bpf(2). */
function openMap(id: number): number {
  const block = Buffer.alloc(16);
  block.writeUInt32LE(id, 0);
  return bpf('get map by id', 14, block);
}

/** BPF_OBJ_GET_INFO_BY_FD; struct bpf_map_info: type u32, id, key_size, value_size, max_entries, map_flags, name[16]. */
function describe(fd: number): { type: number; keyBytes: number; maxEntries: number; name: string } {
  const info = Buffer.alloc(80);
  const block = Buffer.alloc(16);
  block.writeUInt32LE(fd, 0);
  block.writeUInt32LE(info.length, 4);
  block.writeBigUInt64LE(addressOf(info), 8);
  bpf('get map info', 15, block);
  return {
    type: info.readUInt32LE(0),
    keyBytes: info.readUInt32LE(8),
    maxEntries: info.readUInt32LE(16),
    name: info.toString('latin1', 24, 40).replace(/\0.*$/, ''),
  };
}
