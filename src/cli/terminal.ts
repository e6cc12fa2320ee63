export type ColorChoice = 'auto' | 'always' | 'never';

/** Whether colour goes to a stream: https://no-color.org, and what well-known tools do. */
export function wantsColor(choice: ColorChoice, isTerminal: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  return isTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

/** Whether the locale is UTF-8; LC_ALL wins over LC_CTYPE, that over LANG: setlocale(3). */
export function isUnicodeLocale(): boolean {
  const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'] || '';
  // No locale at all is what services and sudo leave; nearly all that read it then are UTF-8.
  return locale === '' || /utf-?8/i.test(locale);
}
