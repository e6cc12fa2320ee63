import type { LiveCapture } from './live-capture.ts';
import type { StatusOutput } from './status-output.ts';

/** Perf links take the kernel about 100 ms each to remove. */
const perLinkMs = 300;
const slowLinks = 10;
const patienceMs = 2000;

/**
 * Takes the probes away and waits for it, but not forever: a page fault of a traced process that nobody answers holds it
 * up for as long.
 */
export async function detach(live: LiveCapture, status: StatusOutput): Promise<void> {
  const count = live.linkCount;
  if (count > slowLinks) status.write(`  detaching ${count} probes takes a few seconds\n`);
  const { pid, done } = await live.detach();
  if (await endsWithin(done, patienceMs + count * perLinkMs)) return;
  status.write(
    `  the probes are not gone yet: a process waits for a page of its memory.  They go when it has it; process ${pid} waits for that\n`,
  );
}

async function endsWithin(done: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const ended = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}
