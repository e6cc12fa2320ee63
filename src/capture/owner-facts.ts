import type { PacketOwner } from '../event/event.ts';
import { readContainerId } from './container-id.ts';
import { readProcessFacts } from './process-facts.ts';

/** What is told once of each process that owns packets. */
export class OwnerFacts {
  readonly #told = new Set<PacketOwner>();
  #last: PacketOwner | undefined;

  /** Undefined when it was told already, or cannot be had. Owners are compared by identity: most packets end there. */
  learn(owner: PacketOwner): { comm: string; exe: string; container?: string } | undefined {
    if (owner === this.#last) return undefined;
    this.#last = owner;
    if (this.#told.has(owner)) return undefined;
    if (this.#told.size >= mostOwners) this.#told.clear();
    this.#told.add(owner);
    const facts = readProcessFacts(owner.pid);
    if (facts === undefined) return undefined;
    const container = readContainerId(owner.pid);
    return { comm: facts.comm, exe: facts.exe, ...(container !== undefined && { container }) };
  }
}

const mostOwners = 4096;
