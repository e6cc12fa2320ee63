import type { Step } from './watch.ts';

/** The same streams in other pieces: byte by byte, and every way to cut one piece in two. */
export function* splits(steps: readonly Step[]): Generator<Step[]> {
  yield steps.flatMap((step) => cutEvery(step, 1));
  for (const [index, step] of steps.entries()) {
    if (step.length === 3) continue;
    for (let at = 1; at < step[1].length; at += 1) {
      const parts: Step[] = [
        [step[0], step[1].slice(0, at)],
        [step[0], step[1].slice(at)],
      ];
      yield [...steps.slice(0, index), ...parts, ...steps.slice(index + 1)];
    }
  }
}

export function cutEvery(step: Step, lengthBytes: number): Step[] {
  if (step.length === 3) return [step];
  const parts: Step[] = [];
  for (let at = 0; at < step[1].length; at += lengthBytes) {
    parts.push([step[0], step[1].slice(at, at + lengthBytes)]);
  }
  return parts;
}
