/** A TCP or UDP socket as /proc/PID/net tells it. Addresses are 4 or 16 bytes, lower-case hex. */
export interface SocketLine {
  readonly inode: number;
  readonly local: string;
  readonly remote: string;
  /** Nobody in particular is at its other end. */
  readonly isUnconnected: boolean;
}

/** /proc/net/tcp, tcp6, udp or udp6: proc_net_tcp of the kernel's Documentation/networking. Lines that are none are skipped. */
export function parseSocketTable(text: string): SocketLine[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): SocketLine | undefined {
  // sl local remote state queues timer retransmits uid timeout inode
  const fields = line.trim().split(/\s+/);
  const local = parseAddress(fields[1]);
  const remote = parseAddress(fields[2]);
  const inode = Number(fields[9]);
  if (local === undefined || remote === undefined || !Number.isInteger(inode)) return undefined;
  return { inode, local, remote, isUnconnected: /^0+$/.test(remote) };
}

/** `0100007F:1F90`: each 32-bit word as this machine's number, so little-endian. IPv4 in IPv6 is told as IPv4. */
function parseAddress(text = ''): string | undefined {
  const [, words] = /^([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}$/.exec(text) ?? [];
  if (words === undefined) return undefined;
  const address = words.replaceAll(/(..)(..)(..)(..)/g, '$4$3$2$1').toLowerCase();
  return address.startsWith(mapped) && address.length === 32 ? address.slice(mapped.length) : address;
}

/** ::ffff:0:0/96, RFC 4291 §2.5.5.2. */
const mapped = '00000000000000000000ffff';
