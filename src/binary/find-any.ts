/**
 * Searches a buffer for many patterns, of at least three bytes each, at once; `visit` gets the position behind the last
 * byte of each place where one ends. One pass, however many there are, and it skips: three bytes that no pattern has
 * near its end let it go on by almost the length of the shortest one
 * (S. Wu and U. Manber, "A fast algorithm for multi-pattern searching").
 */
export function createFindAny(
  patterns: readonly Buffer[],
): (bytes: Uint8Array, visit: (end: number) => void) => void {
  const shortest = Math.min(longestUsed, ...patterns.map((pattern) => pattern.length));
  const skips = skipTable(patterns, shortest);
  const endingIn = patternsByEnd(patterns);
  return (bytes, visit) => {
    let position = shortest - 1;
    for (;;) {
      position = skipAhead(bytes, position, skips);
      if (position >= bytes.length) return;
      const end = position + 1;
      const candidates = endingIn.get(hashAt(bytes, end));
      if (candidates?.some((pattern) => endsWith(bytes, end, pattern)) === true) visit(end);
      position = end;
    }
  };
}

/** The next position from which one cannot skip. In a function of its own it is compiled soon: it is the inner loop. */
function skipAhead(bytes: Uint8Array, start: number, skips: Uint8Array): number {
  let position = start;
  while (position < bytes.length) {
    const block =
      ((bytes[position - 2] ?? 0) << 8) ^ ((bytes[position - 1] ?? 0) << 4) ^ (bytes[position] ?? 0);
    const skip = skips[block & (tableSize - 1)] ?? 0;
    if (skip === 0) return position;
    position += skip;
  }
  return position;
}

/** Skips are kept in a byte each. */
const longestUsed = 255;
const tableSize = 0x1_0000;

/** The same hash as in {@link skipAhead}. */
function hashAt(bytes: Uint8Array, end: number): number {
  const [first = 0, second = 0, third = 0] = bytes.subarray(end - 3, end);
  return ((first << 8) ^ (second << 4) ^ third) & (tableSize - 1);
}

/** For each block: how far its last occurrence is from the end of the patterns, cut to the shortest length. */
function skipTable(patterns: readonly Buffer[], shortest: number): Uint8Array {
  const furthest = shortest - 2;
  const skips = new Uint8Array(tableSize).fill(furthest);
  for (const pattern of patterns) {
    for (let fromEnd = 0; fromEnd < furthest; fromEnd++) {
      const block = hashAt(pattern, pattern.length - fromEnd);
      skips[block] = Math.min(skips[block] ?? 0, fromEnd);
    }
  }
  return skips;
}

function patternsByEnd(patterns: readonly Buffer[]): ReadonlyMap<number, readonly Buffer[]> {
  const byEnd = new Map<number, Buffer[]>();
  for (const pattern of patterns) {
    const block = hashAt(pattern, pattern.length);
    const same = byEnd.get(block);
    if (same === undefined) byEnd.set(block, [pattern]);
    else same.push(pattern);
  }
  return byEnd;
}

function endsWith(bytes: Uint8Array, end: number, pattern: Buffer): boolean {
  const start = end - pattern.length;
  if (start < 0) return false;
  // Backwards: ends differ by the hash already where beginnings are the same.
  for (let index = pattern.length - 1; index >= 0; index--) {
    if (bytes[start + index] !== pattern[index]) return false;
  }
  return true;
}
