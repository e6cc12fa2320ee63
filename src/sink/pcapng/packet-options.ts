import type { PacketDirection, PacketEvent, PacketOwner } from '../../event/event.ts';
import { formatOption } from './option.ts';

/** Packets may come after their process has ended, so nothing is forgotten before there is too much of it. */
const maxContainers = 65_536;
const endOfOptions = Buffer.alloc(4);

/**
 * The options of packet blocks: direction, process, and what was done to the packet. Those of a process are made once
 * and kept by the identity of its owner object.
 */
export class PacketOptions {
  #byOwner = new WeakMap<PacketOwner, DirectionOptions>();
  #lastOwner: PacketOwner | null = null;
  #lastOptions: DirectionOptions = formatBoth([]);
  readonly #withoutOwner = formatBoth([]);
  readonly #containers = new Map<number, string>();

  /** A process was met; null where it is in no container. */
  setContainer(pid: number, container: string | null): void {
    if ((this.#containers.get(pid) ?? null) === container) return;
    if (container === null) this.#containers.delete(pid);
    else this.#containers.set(pid, container);
    if (this.#containers.size > maxContainers) this.#containers.clear();
    this.#byOwner = new WeakMap();
    this.#lastOwner = null;
  }

  /** All options of a packet, with the end mark. Not to be changed. */
  of(packet: PacketEvent): Uint8Array {
    const { owner } = packet;
    return (owner === null ? this.#withoutOwner : this.#ofOwner(owner))[packet.direction];
  }

  /** As {@link of}, with another comment. */
  withComment(packet: PacketEvent, comment: string): Uint8Array {
    const comments = packet.owner === null ? [comment] : [this.#describe(packet.owner), comment];
    return formatPacketOptions(packet.direction, comments);
  }

  #ofOwner(owner: PacketOwner): DirectionOptions {
    if (owner === this.#lastOwner) return this.#lastOptions;
    let options = this.#byOwner.get(owner);
    if (options === undefined) this.#byOwner.set(owner, (options = formatBoth([this.#describe(owner)])));
    this.#lastOwner = owner;
    this.#lastOptions = options;
    return options;
  }

  /** `pid=812 comm=caddy container=4f5e…` */
  #describe(owner: PacketOwner): string {
    const container = this.#containers.get(owner.pid);
    const comm = owner.comm.replaceAll(/[\u0000-\u001f\u007f]/g, '?');
    return `pid=${owner.pid} comm=${comm}${container === undefined ? '' : ` container=${container}`}`;
  }
}

type DirectionOptions = Readonly<Record<PacketDirection, Uint8Array>>;

function formatBoth(comments: readonly string[]): DirectionOptions {
  return { in: formatPacketOptions('in', comments), out: formatPacketOptions('out', comments) };
}

/** Options of a packet block; without a direction there are no flags. */
export function formatPacketOptions(
  direction: PacketDirection | null,
  comments: readonly string[],
): Uint8Array {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(direction === 'out' ? 2 : 1);
  return Buffer.concat([
    ...comments.map((comment) => formatOption(1, comment)),
    ...(direction === null ? [] : [formatOption(2, flags)]),
    endOfOptions,
  ]);
}
