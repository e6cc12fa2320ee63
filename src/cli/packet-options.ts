import { limit } from '../event/kernel-layout.ts';
import type { PacketDirection } from '../event/event.ts';
import { parseInterfaceChoice, type InterfaceChoice } from '../packet/interfaces/parse-interface-choice.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { CaptureFlags } from './capture-flags.ts';

/** Which packets are captured. */
export interface PacketOptions {
  /** None: those that carry the targets' connections. */
  readonly interfaces: readonly InterfaceChoice[];
  /** A tcpdump expression; empty: every packet. */
  readonly filter: string;
  readonly snapLengthBytes: number;
  /** Null: both. */
  readonly direction: PacketDirection | null;
}

/**
 * Null when no packets are wanted. `words` are the positional arguments.
 *
 * @throws {UserError} for flags that do not fit
 */
export function readPacketOptions(flags: CaptureFlags, words: readonly string[]): PacketOptions | null {
  if (flags.model?.has('pcap') !== true) {
    refusePacketFlags(flags, words);
    return null;
  }
  const { snaplen = 0, direction } = flags;
  return {
    interfaces: flags.ifname.map(parseInterface),
    filter: words.join(' ').trim(),
    // 0 is tcpdump's word for as much as there is.
    snapLengthBytes: snaplen === 0 ? limit.maxPacketBytes : Math.min(snaplen, limit.maxPacketBytes),
    direction: direction ?? null,
  };
}

function parseInterface(text: string): InterfaceChoice {
  const choice = parseInterfaceChoice(text);
  if (choice !== undefined) return choice;
  throw new UserError({
    message: `no interface can be called ${JSON.stringify(text)}`,
    reason: '-i takes the name of an interface, any, or NAMESPACE:INTERFACE',
    remedy: 'to see which there are: ip link',
    exitCode: exitCode.usage,
  });
}

function refusePacketFlags(flags: CaptureFlags, words: readonly string[]): void {
  const given = [
    ...flags.ifname.map((name) => `-i ${name}`),
    ...(flags.snaplen === undefined ? [] : ['--snaplen']),
    ...(flags.direction === undefined ? [] : ['--direction']),
    ...(words.length === 0 ? [] : [`the packet filter "${words.join(' ')}"`]),
  ];
  if (given.length === 0) return;
  throw new UserError({
    message: `${given.join(', ')}: no packets are asked for`,
    reason: 'interfaces and filters are for packets, which are captured with -m pcap',
    remedy: 'add -m pcap, or -m text,pcap for both; a command to run stands behind --',
    exitCode: exitCode.usage,
  });
}
