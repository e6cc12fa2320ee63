import { addressOf, bpf, close } from './libc.ts';
import { SystemError } from './system-error.ts';

const BPF_LINK_CREATE = 28;
/** BPF_TRACE_UPROBE_MULTI: also the expected attach type that the program must be loaded with. */
export const uprobeMultiAttachType = 48;

export interface UprobeSite {
  readonly fileOffset: number;
  /** What bpf_get_attach_cookie() returns there. */
  readonly cookie: number;
}

/**
 * Attaches a program to many places of a file at once (Linux 6.6); needs CAP_BPF and CAP_PERFMON only. Closing it
 * detaches all of them in tens of milliseconds; so does the death of this process.
 */
export class UprobeMultiLink implements Disposable {
  #fd: number;

  constructor(programFd: number, path: string, sites: readonly UprobeSite[]) {
    const pathBytes = Buffer.from(`${path}\0`);
    const offsets = words(sites.map(({ fileOffset }) => fileOffset));
    const cookies = words(sites.map(({ cookie }) => cookie));
    // { prog_fd u32 @0, target_fd @4, attach_type @8, flags @12, path u64 @16, offsets @24, ref_ctr_offsets @32,
    //   cookies @40, cnt u32 @48, flags @52, pid @56 }
    const block = Buffer.alloc(64);
    block.writeUInt32LE(programFd, 0);
    block.writeUInt32LE(uprobeMultiAttachType, 8);
    block.writeBigUInt64LE(addressOf(pathBytes), 16);
    block.writeBigUInt64LE(addressOf(offsets), 24);
    block.writeBigUInt64LE(addressOf(cookies), 40);
    block.writeUInt32LE(sites.length, 48);
    this.#fd = bpf('attach uprobes', BPF_LINK_CREATE, block);
  }

  [Symbol.dispose](): void {
    for (const fd of this.release()) close(fd);
  }

  /** Gives up the descriptors, in the order of closing: whoever closes them detaches. */
  release(): readonly number[] {
    const fds = this.#fd >= 0 ? [this.#fd] : [];
    this.#fd = -1;
    return fds;
  }
}

/**
 * Whether the kernel has links of this kind. Asked with a folder, which cannot be probed: EBADF says that the kernel
 * got as far as looking at it. Kernels before 6.6 load a program with this attach type and refuse only the link.
 */
export function hasUprobeMulti(programFd: number): boolean {
  try {
    new UprobeMultiLink(programFd, '/', [{ fileOffset: 0, cookie: 0 }])[Symbol.dispose]();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError) || error.isPermission) throw error;
    return error.code !== 'EINVAL';
  }
}

function words(values: readonly number[]): Buffer {
  const block = Buffer.alloc(8 * values.length);
  values.forEach((value, index) => block.writeBigUInt64LE(BigInt(value), 8 * index));
  return block;
}
