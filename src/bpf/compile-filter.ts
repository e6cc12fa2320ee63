import { exitCode, UserError } from '../util/user-error.ts';
import {
  classicInstructionBytes,
  parseClassicProgram,
  type ClassicInstruction,
} from './classic-instruction.ts';
import { loadLibpcap, type Libpcap } from './libpcap.ts';
import type { Pointer } from './libc.ts';

export interface FilterOptions {
  /** What the first byte of a packet is: `raw` begins at the IP header. */
  readonly linkType: 'ethernet' | 'raw';
  /** IPv4 network mask of the interface, for `ip broadcast`; libpcap refuses that without one. */
  readonly netmask?: number;
  readonly libpcap?: Libpcap;
}

/**
 * Compiles a tcpdump expression by the system's libpcap. Throws {@link UserError} with libpcap's own words.
 *
 * An expression may hold host names, which libpcap asks the resolver for: seconds, where the name servers do not
 * answer. So it must be called before anything is attached, while an interrupt still simply ends the process.
 */
export function compileFilter(expression: string, options: FilterOptions): readonly ClassicInstruction[] {
  const libpcap = options.libpcap ?? loadLibpcap();
  const handle = libpcap.openDead(linkTypes[options.linkType], mostBytes);
  if (handle === null) throw new Error('pcap_open_dead: out of memory');
  try {
    return compile(libpcap, handle, expression, options);
  } finally {
    libpcap.close(handle);
  }
}

/** For compiling. In files raw IP is 101 (LINKTYPE_RAW), but the DLT_RAW that libpcap knows on Linux is 12. */
const linkTypes = { ethernet: 1, raw: 12 } as const;

/** What an accepting program returns; the snap length of the capture is another matter. */
const mostBytes = 262_144;

/** PCAP_NETMASK_UNKNOWN of pcap/pcap.h. */
const unknownNetmask = 0xffff_ffff;

function compile(
  libpcap: Libpcap,
  handle: Pointer,
  expression: string,
  options: FilterOptions,
): readonly ClassicInstruction[] {
  const program = Buffer.alloc(16);
  const optimize = 1;
  // A NUL would end the text early, and what follows be ignored.
  if (expression.includes('\0')) throw refused(expression, 'it contains a NUL character');
  if (libpcap.compile(handle, program, expression, optimize, options.netmask ?? unknownNetmask) !== 0) {
    throw refused(expression, libpcap.errorText(handle) ?? 'no reason given');
  }
  try {
    const lengthBytes = program.readUInt32LE(0) * classicInstructionBytes;
    return parseClassicProgram(libpcap.copyMemory(program.readBigUInt64LE(8), lengthBytes));
  } finally {
    libpcap.freeCode(program);
  }
}

function refused(expression: string, words: string): UserError {
  return new UserError({
    message: `cannot compile the packet filter "${expression}"`,
    reason: `libpcap says: ${words}`,
    remedy: 'the language is that of tcpdump: see man pcap-filter',
    exitCode: exitCode.usage,
  });
}
