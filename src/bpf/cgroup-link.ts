import { bpf, close } from './libc.ts';

const BPF_LINK_CREATE = 28;

/** Attach types of include/uapi/linux/bpf.h, named as libbpf names their sections. */
const attachTypes = {
  sockCreate: 2,
  sockOps: 3,
  connect4: 10,
  connect6: 11,
  sendmsg4: 14,
  sendmsg6: 15,
  getpeername4: 29,
  getpeername6: 30,
} as const;

export type CgroupHook = keyof typeof attachTypes;

/**
 * Runs a program for the processes of a control group (cgroup2) and of all below it, beside those of others (Linux 5.7).
 * Closing it detaches; so does the death of this process.
 */
export class CgroupLink implements Disposable {
  #fd: number;

  constructor(programFd: number, cgroupFd: number, hook: CgroupHook) {
    // { prog_fd u32 @0, target_fd @4, attach_type @8, flags @12 }
    const block = Buffer.alloc(16);
    block.writeUInt32LE(programFd, 0);
    block.writeUInt32LE(cgroupFd, 4);
    block.writeUInt32LE(attachTypes[hook], 8);
    this.#fd = bpf(`attach to control group (${hook})`, BPF_LINK_CREATE, block);
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
  }
}
