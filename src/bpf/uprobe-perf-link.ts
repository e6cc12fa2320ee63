import { readFileSync } from 'node:fs';
import { addressOf, bpf, close, ioctl, perfEventOpen } from './libc.ts';
import { SystemError } from './system-error.ts';
import type { UprobeSite } from './uprobe-multi-link.ts';

const BPF_LINK_CREATE = 28;
const BPF_PERF_EVENT = 41;
const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_EVENT_IOC_SET_BPF = 0x4004_2408;

/**
 * Attaches a program to one place of a file through a perf event, for kernels before 6.6. Needs no tracefs: the
 * `uprobe` PMU is asked. Detaching takes about 100 ms each.
 */
export class UprobePerfLink implements Disposable {
  /** In the order of closing. */
  readonly #fds: number[];

  /** `cookie` is given only to kernels that have cookies (5.15); others get a program that knows its site. */
  constructor(programFd: number, path: string, site: UprobeSite, hasCookies: boolean) {
    const event = openUprobeEvent(path, site.fileOffset);
    this.#fds = [event];
    try {
      if (hasCookies) {
        // { prog_fd u32 @0, target_fd @4, attach_type @8, flags @12, perf_event.bpf_cookie u64 @16 }
        const block = Buffer.alloc(24);
        block.writeUInt32LE(programFd, 0);
        block.writeUInt32LE(event, 4);
        block.writeUInt32LE(BPF_PERF_EVENT, 8);
        block.writeBigUInt64LE(BigInt(site.cookie), 16);
        this.#fds.unshift(bpf('attach uprobe', BPF_LINK_CREATE, block));
      } else {
        ioctl('attach uprobe', event, PERF_EVENT_IOC_SET_BPF, programFd);
      }
      ioctl('enable uprobe', event, PERF_EVENT_IOC_ENABLE, 0);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const fd of this.release()) close(fd);
  }

  /** Gives up the descriptors, in the order of closing: whoever closes them detaches. */
  release(): readonly number[] {
    return this.#fds.splice(0);
  }
}

/** struct perf_event_attr: type u32 @0, size u32 @4, config1 (path) u64 @56, config2 (offset) u64 @64. */
function openUprobeEvent(path: string, fileOffset: number): number {
  const pathBytes = Buffer.from(`${path}\0`);
  const attributes = Buffer.alloc(112);
  attributes.writeUInt32LE(readUprobeType(), 0);
  attributes.writeUInt32LE(attributes.length, 4);
  attributes.writeBigUInt64LE(addressOf(pathBytes), 56);
  attributes.writeBigUInt64LE(BigInt(fileOffset), 64);
  return perfEventOpen(attributes, -1, 0);
}

function readUprobeType(): number {
  try {
    return Number(readFileSync('/sys/bus/event_source/devices/uprobe/type', 'utf8'));
  } catch {
    throw new SystemError('find the uprobe event source in /sys/bus/event_source', -95);
  }
}
