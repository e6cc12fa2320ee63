import { InvalidArgumentError } from 'commander';

/**
 * What a run gives; several at once are several outputs of one capture. `none` captures as text does and gives nothing:
 * it is for measuring, and help does not name it.
 */
export type Mode = 'text' | 'keylog' | 'pcap' | 'none';

/** `text`, `keylog,pcap`, …; `key` and `pcapng` are other names. */
export function parseModes(text: string): ReadonlySet<Mode> {
  const modes = text.split(',').map((name) => names.get(name.trim()));
  const known = modes.filter((mode) => mode !== undefined);
  if (known.length !== modes.length) {
    throw new InvalidArgumentError('Allowed are text, keylog and pcap, several with commas.');
  }
  return new Set(known);
}

const names: ReadonlyMap<string, Mode> = new Map([
  ['text', 'text'],
  ['keylog', 'keylog'],
  ['key', 'keylog'],
  ['pcap', 'pcap'],
  ['pcapng', 'pcap'],
  ['none', 'none'],
]);
