/** The 4 or 16 bytes of an IP address as text, in network order; undefined when it is none. A zone (`%eth0`) is left out. */
export function parseAddress(text: string): readonly number[] | undefined {
  const address = text.split('%', 1)[0] ?? '';
  return address.includes(':') ? parseIpv6(address) : parseIpv4(address);
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [start, end] = halves.map((half) => parseGroups(half));
  if (start === undefined || (halves.length === 2 && end === undefined)) return undefined;
  const tail = end ?? [];
  const missing = 16 - start.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...start, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Groups of 16 bits, the last two of which may be written as an IPv4 address. */
function parseGroups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    const dotted = parseIpv4(group);
    if (dotted !== undefined) {
      bytes.push(...dotted);
      continue;
    }
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes.length <= 16 ? bytes : undefined;
}
