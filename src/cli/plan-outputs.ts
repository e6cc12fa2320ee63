import { formatList } from '../util/format-list.ts';
import { exitCode, UserError } from '../util/user-error.ts';
import type { OutputFlags } from './capture-flags.ts';
import type { Mode } from './modes.ts';

/** What a run is to give, and where. */
export interface OutputPlan {
  readonly modes: ReadonlySet<Mode>;
  /** What goes to stdout (or `-o`): everything that is said, connections and secrets only (JSON), or nothing. */
  readonly data: 'everything' | 'connections' | null;
  /** Path of the key log, `-` for stdout; null without one. */
  readonly keyLog: string | null;
  /** Where packets go; null without them. */
  readonly packets: PacketFile | null;
  /** Where decrypted text goes as packets; null without them. */
  readonly plaintext: string | null;
  /** Whether secrets are wanted at all. */
  readonly secrets: boolean;
}

export interface PacketFile {
  /** `-` for stdout. */
  readonly path: string;
  /** It was not named: then an existing file is left alone. */
  readonly isDefault: boolean;
}

/**
 * Decides by the flags alone. `families` are those that are captured; `records` says that a recording is made.
 *
 * @throws {UserError} when flags contradict each other
 */
export function planOutputs(
  flags: OutputFlags,
  families: readonly string[],
  records: boolean = false,
): OutputPlan {
  const modes: ReadonlySet<Mode> = flags.model ?? new Set<Mode>(['text']);
  const filesOnly = (records || flags.pcapPlaintext !== undefined) && !namesOutput(flags);
  const data = chooseData(modes, flags, filesOnly);
  const keyLog = modes.has('keylog') ? (flags.keylogfile ?? `${defaultStem(families)}_key.log`) : null;
  if (keyLog === null && flags.keylogfile !== undefined) {
    throw usage('-k names a key log, but none is asked for', 'add -m keylog, or -m text,keylog for both');
  }
  if (flags.filter !== undefined && (flags.raw === true || data !== 'everything')) {
    throw usage(
      '--filter is for exchanges, and none are shown',
      'leave out --filter, or --raw; text and --json show exchanges',
    );
  }
  if (data === null && flags.output !== undefined) {
    throw usage(
      '-o is for text and JSON, and neither is asked for',
      'add --json or -m text, or leave out -o',
    );
  }
  const packets = modes.has('pcap') ? choosePacketFile(flags, families) : null;
  if (packets === null) refusePacketFlags(flags);
  checkStdout([
    ...(data !== null && (flags.output ?? '-') === '-' ? ['captured data'] : []),
    ...(keyLog === '-' ? ['the key log'] : []),
    ...(packets?.path === '-' ? ['packets'] : []),
  ]);
  const plaintext = flags.pcapPlaintext ?? null;
  if (plaintext === '-') {
    throw usage('packets of decrypted text cannot go to stdout', 'give --pcap-plaintext a file name');
  }
  return { modes, data, keyLog, packets, plaintext, secrets: modes.has('keylog') || packets !== null };
}

/** A recording, or packets of text, alone print nothing: is there a flag that asks for more? */
function namesOutput({ model, json, raw, hex, output, quiet, tsize }: OutputFlags): boolean {
  return [model, json, raw, hex, output, quiet, tsize].some((flag) => flag !== undefined);
}

function chooseData(modes: ReadonlySet<Mode>, flags: OutputFlags, filesOnly: boolean): OutputPlan['data'] {
  if (modes.has('text')) return filesOnly ? null : 'everything';
  return flags.json === true ? 'connections' : null;
}

function choosePacketFile(flags: OutputFlags, families: readonly string[]): PacketFile {
  const { pcapfile, C, G, W } = flags;
  if (W !== undefined && C === undefined && G === undefined) {
    throw usage('-W counts files, and there is one only', 'add -C SIZE or -G SECONDS, or leave out -W');
  }
  if (pcapfile === '-' && (C ?? G) !== undefined) {
    throw usage('stdout cannot be cut into files', 'name a file with -w, or leave out -C and -G');
  }
  return { path: pcapfile ?? `${defaultStem(families)}.pcapng`, isDefault: pcapfile === undefined };
}

function refusePacketFlags(flags: OutputFlags): void {
  const { pcapfile, C, G, W, packetCount } = flags;
  const given = Object.entries({
    '-w': pcapfile,
    '-C': C,
    '-G': G,
    '-W': W,
    '-c': packetCount,
  }).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw usage(
      `${given[0]} is for packets, but none are asked for`,
      'add -m pcap, or -m text,pcap for both',
    );
}

/** `tlstap_gotls`, or `tlstap` for several families. */
function defaultStem(families: readonly string[]): string {
  const [family] = new Set(families);
  return new Set(families).size === 1 ? `tlstap_${family}` : 'tlstap';
}

/** What comes out of one pipe must be one thing. */
function checkStdout(outputs: readonly string[]): void {
  if (outputs.length < 2) return;
  throw usage(
    `stdout can carry one output, not ${formatList(outputs, outputs.length)}`,
    'write captured data to a file with -o, the key log with -k FILE, packets with -w FILE',
  );
}

function usage(reason: string, remedy: string): UserError {
  return new UserError({ message: 'the outputs do not fit', reason, remedy, exitCode: exitCode.usage });
}
