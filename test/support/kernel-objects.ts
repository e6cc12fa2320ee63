import { readdirSync, readFileSync } from 'node:fs';
import { bpf, close } from '../../src/bpf/libc.ts';
import { SystemError } from '../../src/bpf/system-error.ts';

export interface KernelObjects {
  readonly programs: readonly number[];
  readonly maps: readonly number[];
  readonly links: readonly number[];
}

/** BPF objects that a process holds descriptors of, by their ids, from `/proc/PID/fdinfo`. */
export function readKernelObjects(pid: number): KernelObjects {
  const text = readdirSync(`/proc/${pid}/fdinfo`)
    .map((fd) => readOptional(`/proc/${pid}/fdinfo/${fd}`))
    .join('\n');
  const ids = (field: string): number[] => [
    ...new Set(
      [...text.matchAll(new RegExp(`^${field}:\\s*(\\d+)$`, 'gm'))].map((match) => Number(match[1])),
    ),
  ];
  return { programs: ids('prog_id'), maps: ids('map_id'), links: ids('link_id') };
}

/** Those of the objects that the kernel still has, e.g. `program 12`. */
export function survivingObjects(objects: KernelObjects): string[] {
  return [
    ...objects.programs.filter((id) => exists(getFdById.program, id)).map((id) => `program ${id}`),
    ...objects.maps.filter((id) => exists(getFdById.map, id)).map((id) => `map ${id}`),
    ...objects.links.filter((id) => exists(getFdById.link, id)).map((id) => `link ${id}`),
  ];
}

/** BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID of bpf(2). */
const getFdById = { program: 13, map: 14, link: 30 } as const;

function exists(command: number, id: number): boolean {
  const block = Buffer.alloc(16);
  block.writeUInt32LE(id, 0);
  try {
    close(bpf('get by id', command, block));
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** A descriptor may be gone by the time it is looked at. */
function readOptional(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
