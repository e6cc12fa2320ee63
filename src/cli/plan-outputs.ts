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
  /** Whether secrets are wanted at all. */
  readonly secrets: boolean;
}

/**
 * Decides by the flags alone. `families` are those that are captured; `recordOnly` says that text was not asked for.
 *
 * @throws {UserError} when flags contradict each other
 */
export function planOutputs(
  flags: OutputFlags,
  families: readonly string[],
  recordOnly: boolean = false,
): OutputPlan {
  const modes: ReadonlySet<Mode> = flags.model ?? new Set<Mode>(['text']);
  if (modes.has('pcap')) throw noPackets();
  const data = chooseData(modes, flags, recordOnly);
  const keyLog = modes.has('keylog') ? (flags.keylogfile ?? defaultName(families)) : null;
  if (keyLog === null && flags.keylogfile !== undefined) {
    throw usage('-k names a key log, but none is asked for', 'add -m keylog, or -m text,keylog for both');
  }
  if (data === null && flags.output !== undefined && !recordOnly) {
    throw usage(
      '-o is for text and JSON, and neither is asked for',
      'add --json or -m text, or leave out -o',
    );
  }
  checkStdout([
    ...(data !== null && (flags.output ?? '-') === '-' ? ['captured data'] : []),
    ...(keyLog === '-' ? ['the key log'] : []),
  ]);
  return { modes, data, keyLog, secrets: modes.has('keylog') };
}

function chooseData(modes: ReadonlySet<Mode>, flags: OutputFlags, recordOnly: boolean): OutputPlan['data'] {
  if (modes.has('text')) return recordOnly ? null : 'everything';
  return flags.json === true ? 'connections' : null;
}

function defaultName(families: readonly string[]): string {
  const [family] = new Set(families);
  return new Set(families).size === 1 ? `tlstap_${family}_key.log` : 'tlstap_key.log';
}

/** What comes out of one pipe must be one thing. */
function checkStdout(outputs: readonly string[]): void {
  if (outputs.length < 2) return;
  throw usage(
    `stdout can carry one output, not ${outputs.join(' and ')}`,
    'write captured data to a file with -o, or the key log with -k FILE',
  );
}

function noPackets(): UserError {
  return usage('packets (-m pcap) cannot be captured yet', 'there are text and keylog: -m text,keylog');
}

function usage(reason: string, remedy: string): UserError {
  return new UserError({ message: 'the outputs do not fit', reason, remedy, exitCode: exitCode.usage });
}
