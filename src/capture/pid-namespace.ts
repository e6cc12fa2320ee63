import { statSync } from 'node:fs';

/** As the kernel's helpers compare it. */
export interface PidNamespace {
  readonly device: bigint;
  readonly inode: bigint;
}

/** The initial pid namespace has a fixed inode, PROC_PID_INIT_INO of include/linux/proc_ns.h. */
const initialPidNamespace = 0xefff_fffcn;

/** The pid namespace that numbers processes for us; null in the initial one, which needs no translation. */
export function readPidNamespace(): PidNamespace | null {
  const { dev, ino } = statSync('/proc/self/ns/pid', { bigint: true });
  if (ino === initialPidNamespace) return null;
  // User space packs device numbers as in new_encode_dev(); the helper compares the kernel's own dev_t.
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  return { device: (major << 20n) | minor, inode: ino };
}
