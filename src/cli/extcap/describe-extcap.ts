import { extcapInterface } from './extcap-flags.ts';
import { formatSentence } from './format-extcap.ts';

/** A choice in Wireshark's dialog. */
export interface Choice {
  readonly value: string;
  readonly display: string;
}

export function formatInterfaces(version: string): string {
  return (
    formatSentence('extcap', { version, display: 'tlstap: packets of Go programs, with their secrets' }) +
    formatSentence('interface', { value: extcapInterface, display: 'TLS of Go programs, decrypted' })
  );
}

/** What the file says is what counts; Wireshark wants one for its capture filters. */
export function formatLinkTypes(): string {
  return formatSentence('dlt', {
    number: 1,
    name: 'EN10MB',
    display: 'Ethernet, or what the interfaces have',
  });
}

/** The dialog. `processes` are those that may be captured, `interfaces` those of this network namespace. */
export function formatConfig(processes: readonly Choice[], interfaces: readonly Choice[]): string {
  const program = formatSentence('arg', {
    number: 0,
    call: '--elfpath',
    display: 'Program',
    type: 'fileselect',
    mustexist: true,
    tooltip: 'Secrets are taken from every process that runs this file',
  });
  const process = formatSentence('arg', {
    number: 1,
    call: '--pid',
    display: 'or process',
    type: 'selector',
    reload: true,
    placeholder: 'Look again',
    tooltip: 'Secrets are taken from this process',
  });
  const only = formatSentence('arg', {
    number: 2,
    call: '--only-process',
    display: 'Only packets of this process',
    type: 'boolean',
    default: true,
    tooltip: 'Else all packets of the interfaces',
  });
  const where = formatSentence('arg', {
    number: 3,
    call: '--ifname',
    display: 'Interface',
    type: 'selector',
  });
  const length = formatSentence('arg', {
    number: 4,
    call: '--snaplen',
    display: 'Bytes of each packet',
    type: 'unsigned',
    range: '0,262144',
    default: 0,
    tooltip: '0: all',
  });
  return [
    program,
    process,
    only,
    where,
    length,
    formatChoices(1, [{ value: '', display: 'none' }, ...processes]),
    formatChoices(3, [{ value: '', display: 'those that carry its connections' }, ...interfaces]),
  ].join('');
}

/** The first one is the default. */
export function formatChoices(argument: number, choices: readonly Choice[]): string {
  return choices
    .map(({ value, display }, index) =>
      formatSentence('value', { arg: argument, value, display, default: index === 0 ? true : undefined }),
    )
    .join('');
}
