/** One line that Wireshark reads: `value {arg=0}{value=lo}{display=lo}`. Fields that are undefined are left out. */
export function formatSentence(
  word: string,
  fields: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `{${name}=${escape(String(value))}}`);
  return `${word} ${parts.join('')}\n`;
}

/** There is no escaping: braces would end a field, line ends the sentence. */
function escape(text: string): string {
  return text
    .replaceAll('{', '(')
    .replaceAll('}', ')')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}
