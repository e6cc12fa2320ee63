/**
 * Local time as strftime(3) writes it in the C locale. `unixMs` is milliseconds since 1970, `utcOffsetMinutes` minutes
 * east of Greenwich at that moment. What is no conversion stays as it is.
 */
export function strftime(format: string, unixMs: number, utcOffsetMinutes: number): string {
  const time: LocalTime = {
    date: new Date(unixMs + utcOffsetMinutes * 60_000),
    unixSeconds: Math.floor(unixMs / 1000),
    utcOffsetMinutes,
  };
  return format.replaceAll(/%[EO]?(.)/gs, (whole, letter: string) => conversions[letter]?.(time) ?? whole);
}

interface LocalTime {
  /** Its UTC fields are the local ones. */
  readonly date: Date;
  readonly unixSeconds: number;
  readonly utcOffsetMinutes: number;
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const conversions: Readonly<Record<string, (time: LocalTime) => string>> = {
  '%': () => '%',
  n: () => '\n',
  t: () => '\t',
  a: ({ date }) => dayName(date).slice(0, 3),
  A: ({ date }) => dayName(date),
  b: ({ date }) => monthName(date).slice(0, 3),
  B: ({ date }) => monthName(date),
  h: ({ date }) => monthName(date).slice(0, 3),
  c: (time) => strftimeParts(time, ['a', ' ', 'b', ' ', 'e', ' ', 'T', ' ', 'Y']),
  C: ({ date }) => two(Math.floor(date.getUTCFullYear() / 100)),
  d: ({ date }) => two(date.getUTCDate()),
  D: (time) => strftimeParts(time, ['m', '/', 'd', '/', 'y']),
  e: ({ date }) => String(date.getUTCDate()).padStart(2),
  F: (time) => strftimeParts(time, ['Y', '-', 'm', '-', 'd']),
  g: ({ date }) => two(isoWeek(date).year % 100),
  G: ({ date }) => String(isoWeek(date).year),
  H: ({ date }) => two(date.getUTCHours()),
  I: ({ date }) => two(twelve(date)),
  j: ({ date }) => String(dayOfYear(date) + 1).padStart(3, '0'),
  k: ({ date }) => String(date.getUTCHours()).padStart(2),
  l: ({ date }) => String(twelve(date)).padStart(2),
  m: ({ date }) => two(date.getUTCMonth() + 1),
  M: ({ date }) => two(date.getUTCMinutes()),
  p: ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: ({ date }) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  r: (time) => strftimeParts(time, ['I', ':', 'M', ':', 'S', ' ', 'p']),
  R: (time) => strftimeParts(time, ['H', ':', 'M']),
  s: ({ unixSeconds }) => String(unixSeconds),
  S: ({ date }) => two(date.getUTCSeconds()),
  T: (time) => strftimeParts(time, ['H', ':', 'M', ':', 'S']),
  u: ({ date }) => String(date.getUTCDay() || 7),
  U: ({ date }) => two(Math.floor((dayOfYear(date) + 7 - date.getUTCDay()) / 7)),
  V: ({ date }) => two(isoWeek(date).week),
  w: ({ date }) => String(date.getUTCDay()),
  W: ({ date }) => two(Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() + 6) % 7)) / 7)),
  x: (time) => strftimeParts(time, ['m', '/', 'd', '/', 'y']),
  X: (time) => strftimeParts(time, ['H', ':', 'M', ':', 'S']),
  y: ({ date }) => two(date.getUTCFullYear() % 100),
  Y: ({ date }) => String(date.getUTCFullYear()),
  z: ({ utcOffsetMinutes: minutes }) =>
    `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`,
};

/** Letters are conversions, everything else stands for itself. */
function strftimeParts(time: LocalTime, parts: readonly string[]): string {
  return parts.map((part) => conversions[part]?.(time) ?? part).join('');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function dayName(date: Date): string {
  return days[date.getUTCDay()] ?? '';
}

function monthName(date: Date): string {
  return months[date.getUTCMonth()] ?? '';
}

function twelve(date: Date): number {
  return date.getUTCHours() % 12 || 12;
}

/** From 0. */
function dayOfYear(date: Date): number {
  const day = 86_400_000;
  return Math.floor(date.getTime() / day) - Math.floor(Date.UTC(date.getUTCFullYear(), 0, 1) / day);
}

/** Weeks begin on Monday, and week 1 is the one with the year's first Thursday (ISO 8601). */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000);
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}
