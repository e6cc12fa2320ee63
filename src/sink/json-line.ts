/**
 * One line of JSON Lines from JSON. What JSON may hold as it is, but a terminal should not be given (DEL, C1, characters
 * that reorder text), is escaped; such characters stand in strings only, so the value stays the same.
 */
export function jsonLine(json: string): string {
  return harmful.test(json) ? `${json.replace(everyHarmful, escapeUnit)}\n` : `${json}\n`;
}

const harmful = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const everyHarmful = new RegExp(harmful, 'g');

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
