/**
 * An IP address as people write it. IPv6 in the short form of RFC 5952; an IPv4-mapped one as IPv4, which is what the
 * peer is. `bytes` are in network order, 4 or 16 of them.
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0));
  const zeros = findLongestZeros(groups);
  if (zeros.length < 2) return formatGroups(groups);
  return `${formatGroups(groups.slice(0, zeros.start))}::${formatGroups(groups.slice(zeros.start + zeros.length))}`;
}

function formatGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

/** ::ffff:a.b.c.d, RFC 4291 §2.5.5.2. */
function isMapped(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);
}

function findLongestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
