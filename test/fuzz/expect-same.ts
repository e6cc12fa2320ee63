/** Throws unless both are the same, with the place where they begin to differ. */
export function expectSame(what: string, one: unknown, other: unknown): void {
  const [left, right] = [asText(one), asText(other)];
  if (left === right) return;
  let at = 0;
  while (left[at] === right[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 120);
  throw new Error(`${what}: …${around(left)}…\nis not …${around(right)}…`);
}

export function must(condition: boolean, rule: string): void {
  if (!condition) throw new Error(`broken rule: ${rule}`);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}
