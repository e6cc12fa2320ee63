import { readProcessFacts } from './process-facts.ts';

interface Known {
  /** NaN for one that was gone before it could be looked at. */
  readonly startTicks: number;
  isTold: boolean;
}

/** Knows the processes of a capture and notices when one has ended. */
export class ProcessWatch {
  readonly #known = new Map<number, Known>();

  /** Its end is to be noticed, whether or not it ever says something. */
  watch(pid: number): void {
    if (this.#known.has(pid)) return;
    this.#known.set(pid, { startTicks: readProcessFacts(pid)?.startTicks ?? Number.NaN, isTold: false });
  }

  /** Facts about a process, once; undefined when they were told already, or cannot be had. */
  learn(pid: number): { comm: string; exe: string } | undefined {
    if (this.#known.get(pid)?.isTold) return undefined;
    const facts = readProcessFacts(pid);
    this.#known.set(pid, { startTicks: facts?.startTicks ?? Number.NaN, isTold: true });
    return facts && { comm: facts.comm, exe: facts.exe };
  }

  /** Processes that ended since the last look; they are forgotten. */
  findEnded(): number[] {
    const ended: number[] = [];
    for (const [pid, { startTicks }] of this.#known) {
      const facts = readProcessFacts(pid);
      if (facts && !facts.isZombie && facts.startTicks === startTicks) continue;
      ended.push(pid);
      this.#known.delete(pid);
    }
    return ended;
  }
}
