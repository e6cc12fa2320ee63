/**
 * Which of the processes that hold a socket took it: the only one, or the one that all others descend from, who inherited
 * it. A socket that was passed between strangers tells nobody which of them took it.
 */
export function chooseHolder(
  holders: readonly number[],
  parentOf: (pid: number) => number | undefined,
): number | undefined {
  return holders.find((candidate) =>
    holders.every((other) => other === candidate || descendsFrom(other, candidate, parentOf)),
  );
}

/** Process trees are not that deep; a number that is used again while they are read could close a circle. */
const mostGenerations = 1000;

function descendsFrom(pid: number, ancestor: number, parentOf: (pid: number) => number | undefined): boolean {
  let parent = parentOf(pid);
  for (let generation = 0; generation < mostGenerations && parent; generation++) {
    if (parent === ancestor) return true;
    parent = parentOf(parent);
  }
  return false;
}
