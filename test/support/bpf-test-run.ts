import koffi from 'koffi';
import { addressOf, bpf } from '../../src/bpf/libc.ts';
import { SystemError } from '../../src/bpf/system-error.ts';

const BPF_MAP_CREATE = 0;
const BPF_PROG_TEST_RUN = 10;

/** Millions of calls: without the arguments' types in each of them, as the variadic one has. */
const systemCall: (...values: unknown[]) => number = koffi
  .load('libc.so.6')
  .func('long syscall(long, int, void *, uint32_t)');
const bpfNumber = process.arch === 'x64' ? 321 : 280;

/** Types of maps, include/uapi/linux/bpf.h. */
export const mapType = { array: 2, programArray: 3, perCpuArray: 6 } as const;

export function createMap(type: number, valueBytes: number, entries: number): number {
  const attributes = Buffer.alloc(72);
  attributes.writeUInt32LE(type, 0);
  attributes.writeUInt32LE(4, 4);
  attributes.writeUInt32LE(valueBytes, 8);
  attributes.writeUInt32LE(entries, 12);
  return bpf('create map', BPF_MAP_CREATE, attributes);
}

/** struct __sk_buff as far as a test run lets it be given; only `cb` is. */
const contextBytes = 192;
const controlOffset = 48;

/** Runs a traffic control program on packets, each copied into an skb of its own (net/bpf/test_run.c). */
export class TestRun {
  readonly #attributes = Buffer.alloc(80);
  readonly #context = Buffer.alloc(contextBytes);

  /** What the program returned, unsigned. Throws SystemError EINVAL for packets that the kernel does not take. */
  run(programFd: number, packet: Buffer, control: readonly number[] = []): number {
    const attributes = this.#attributes;
    attributes.writeUInt32LE(programFd, 0);
    attributes.writeUInt32LE(0, 4);
    attributes.writeUInt32LE(packet.length, 8);
    // The kernel writes sizes back, and would take them for limits.
    attributes.writeUInt32LE(0, 12);
    attributes.writeUInt32LE(0, 44);
    attributes.writeBigUInt64LE(addressOf(packet), 16);
    attributes.writeUInt32LE(1, 32);
    if (control.length > 0) {
      for (const [index, word] of control.entries())
        this.#context.writeUInt32LE(word, controlOffset + 4 * index);
      attributes.writeUInt32LE(contextBytes, 40);
      attributes.writeBigUInt64LE(addressOf(this.#context), 48);
    }
    if (systemCall(bpfNumber, BPF_PROG_TEST_RUN, attributes, attributes.length) < 0)
      throw new SystemError('test run', koffi.errno());
    return attributes.readUInt32LE(4);
  }
}
