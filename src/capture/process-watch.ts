import { readProcessFacts } from './process-facts.ts';

/** Knows the processes of a capture and notices when one has ended. */
export class ProcessWatch {
  /** Start times by pid; NaN for one that was gone before it could be looked at. */
  readonly #known = new Map<number, number>();

  constructor(pids: readonly number[]) {
    for (const pid of pids) this.learn(pid);
  }

  /** Facts about a process that was not known yet. */
  learn(pid: number): { comm: string; exe: string } | undefined {
    if (this.#known.has(pid)) return undefined;
    const facts = readProcessFacts(pid);
    this.#known.set(pid, facts?.startTicks ?? Number.NaN);
    return facts && { comm: facts.comm, exe: facts.exe };
  }

  /** Processes that ended since the last look; they are forgotten. */
  findEnded(): number[] {
    const ended: number[] = [];
    for (const [pid, startTicks] of this.#known) {
      const facts = readProcessFacts(pid);
      if (facts && !facts.isZombie && facts.startTicks === startTicks) continue;
      ended.push(pid);
      this.#known.delete(pid);
    }
    return ended;
  }
}
