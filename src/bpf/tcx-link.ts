import { bpf, close } from './libc.ts';
import { SystemError } from './system-error.ts';
import type { TcDirection } from './tc-direction.ts';

const BPF_LINK_CREATE = 28;
const attachTypes = { in: 46, out: 47 } as const;
/** BPF_F_BEFORE, BPF_F_AFTER without a program to be before or after: the first, the last. */
const positions = { in: 8, out: 16 } as const;

/**
 * Attaches a program to an interface of the current network namespace by tcx (Linux 6.6): as the first of those that
 * arriving packets pass, as the last of those that leaving ones do, so that packets are seen as they are on the wire.
 * Closing it detaches; so does the death of this process.
 */
export class TcxLink implements Disposable {
  #fd: number;

  constructor(programFd: number, interfaceIndex: number, direction: TcDirection) {
    // { prog_fd u32 @0, target_ifindex @4, attach_type @8, flags @12, relative_fd @16, expected_revision u64 @24 }
    const block = Buffer.alloc(32);
    block.writeUInt32LE(programFd, 0);
    block.writeUInt32LE(interfaceIndex, 4);
    block.writeUInt32LE(attachTypes[direction], 8);
    block.writeUInt32LE(positions[direction], 12);
    this.#fd = bpf('attach to interface', BPF_LINK_CREATE, block);
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
  }
}

/** Whether the kernel has links of this kind. Asked with an interface that does not exist: older ones say EINVAL. */
export function hasTcx(programFd: number): boolean {
  try {
    new TcxLink(programFd, 0x7fff_ffff, 'in')[Symbol.dispose]();
    return true;
  } catch (error) {
    if (!(error instanceof SystemError) || error.isPermission) throw error;
    return error.code !== 'EINVAL';
  }
}
