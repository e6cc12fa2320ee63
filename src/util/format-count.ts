/** Digits in groups of three: `16,384`. The same in every locale, so that output can be compared. */
export function formatCount(count: number): string {
  const digits = String(Math.trunc(count));
  return digits.length <= 3 ? digits : digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
