import { addressOf, bpf, close } from './libc.ts';

const BPF_RAW_TRACEPOINT_OPEN = 17;

/** Runs a program at a tracepoint of the kernel; needs no tracefs. Closing it detaches, as does the death of this process. */
export class RawTracepoint implements Disposable {
  #fd: number;

  constructor(programFd: number, name: string) {
    const nameBytes = Buffer.from(`${name}\0`);
    // { name u64 @0, prog_fd u32 @8 }
    const block = Buffer.alloc(16);
    block.writeBigUInt64LE(addressOf(nameBytes), 0);
    block.writeUInt32LE(programFd, 8);
    this.#fd = bpf(`attach to tracepoint ${name}`, BPF_RAW_TRACEPOINT_OPEN, block);
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
  }
}
