import { listClsactFilters, type ClsactFilter } from './clsact-filters.ts';
import { loadLibbpf } from './libbpf.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { isTailCallEmpty } from './tail-call-state.ts';
import { SystemError } from './system-error.ts';
import type { TcDirection } from './tc-direction.ts';

/** Enumerators of libbpf's enum bpf_tc_attach_point. */
const points = { in: 1, out: 2 } as const;
const bothPoints = points.in | points.out;

/** Lower runs earlier: arriving packets are seen before, leaving ones after the filters of others. */
const priorities = { in: 3, out: 0xfff7 } as const;

/** In a filter's handle: its owner made the qdisc, so it goes with the last filter. */
const madeQdisc = 0x8000_0000;
const attempts = 8;
const EEXIST = -17;

/**
 * Attaches a program to an interface by a filter of the clsact qdisc, for kernels before 6.6. What is left of it after
 * a kill does nothing; {@link removeLeftovers} takes it away.
 */
export class ClsactLink implements Disposable {
  readonly #namespace: NetworkNamespace;
  readonly #interfaceIndex: number;
  readonly #direction: TcDirection;
  #handle = 0;

  constructor(
    namespace: NetworkNamespace,
    interfaceIndex: number,
    direction: TcDirection,
    programFd: number,
  ) {
    this.#namespace = namespace;
    this.#interfaceIndex = interfaceIndex;
    this.#direction = direction;
    namespace.run(() => this.#attach(programFd));
  }

  #attach(programFd: number): void {
    const libbpf = loadLibbpf();
    const result = libbpf.tcHookCreate(hook(this.#interfaceIndex, bothPoints));
    if (result !== 0 && result !== EEXIST) throw failure('make clsact qdisc', result);
    const isOurs = result === 0 || isMadeByUs(this.#interfaceIndex);
    for (let attempt = 0; ; attempt++) {
      const handle = ((isOurs ? madeQdisc : 0) | (1 + Math.floor(Math.random() * 0xff_ffff))) >>> 0;
      const options = filterOptions(this.#direction, handle, programFd);
      const attached = libbpf.tcAttach(hook(this.#interfaceIndex, points[this.#direction]), options);
      this.#handle = handle;
      if (attached === 0) return;
      if (attached !== EEXIST || attempt === attempts) throw failure('attach to interface', attached);
    }
  }

  [Symbol.dispose](): void {
    const handle = this.#handle;
    if (handle === 0) return;
    this.#handle = 0;
    this.#namespace.run(() => remove(this.#interfaceIndex, this.#direction, handle));
    loadLibbpf().takeLog();
  }
}

/** Removes filters of ours from an interface of the current namespace whose owner has died; how many they were. */
export function removeLeftovers(interfaceIndex: number, isOurProgram: (name: string) => boolean): number {
  const dead = listClsactFilters(interfaceIndex).bpf.filter((filter) => isLeftover(filter, isOurProgram));
  for (const { direction, handle } of dead) remove(interfaceIndex, direction, handle);
  loadLibbpf().takeLog();
  return dead.length;
}

/** The kernel empties a table of tail calls when the last process that holds it is gone. */
function isLeftover(filter: ClsactFilter, isOurProgram: (name: string) => boolean): boolean {
  return (
    filter.priority === priorities[filter.direction] &&
    isOurProgram(filter.name) &&
    isTailCallEmpty(filter.programId)
  );
}

/** The qdisc goes too, when we made it and nobody uses it any more. A device that is gone took both along. */
function remove(interfaceIndex: number, direction: TcDirection, handle: number): void {
  const libbpf = loadLibbpf();
  libbpf.tcDetach(hook(interfaceIndex, points[direction]), filterOptions(direction, handle, 0));
  if ((handle & madeQdisc) === 0) return;
  if (listClsactFilters(interfaceIndex).count === 0) libbpf.tcHookDestroy(hook(interfaceIndex, bothPoints));
}

function isMadeByUs(interfaceIndex: number): boolean {
  const ours = listClsactFilters(interfaceIndex).bpf.filter(
    ({ direction, priority }) => priority === priorities[direction],
  );
  return ours.some(({ handle }) => (handle & madeQdisc) !== 0);
}

/** struct bpf_tc_hook: { size u64 @0, ifindex i32 @8, attach point u32 @12, parent u32 @16 }. */
function hook(interfaceIndex: number, point: number): Buffer {
  const block = Buffer.alloc(24);
  block.writeBigUInt64LE(BigInt(block.length), 0);
  block.writeInt32LE(interfaceIndex, 8);
  block.writeUInt32LE(point, 12);
  return block;
}

/** struct bpf_tc_opts: { size u64 @0, prog_fd i32 @8, flags u32 @12, prog_id u32 @16, handle u32 @20, priority u32 @24 }. */
function filterOptions(direction: TcDirection, handle: number, programFd: number): Buffer {
  const block = Buffer.alloc(32);
  block.writeBigUInt64LE(BigInt(block.length), 0);
  block.writeInt32LE(programFd, 8);
  block.writeUInt32LE(handle, 20);
  block.writeUInt32LE(priorities[direction], 24);
  return block;
}

function failure(operation: string, result: number): SystemError {
  return new SystemError(operation, result, loadLibbpf().takeLog());
}
