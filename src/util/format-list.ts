/** `a`, `a and b`, `a, b and c`; of more than `limit` only the first are named: `a, b, c and 4 more`. */
export function formatList(items: readonly string[], limit: number): string {
  const named = items.length <= limit ? items : items.slice(0, limit);
  const last = items.length <= limit ? (named.at(-1) ?? '') : `${items.length - limit} more`;
  const rest = items.length <= limit ? named.slice(0, -1) : named;
  return rest.length === 0 ? last : `${rest.join(', ')} and ${last}`;
}
