import { InvalidArgumentError } from 'commander';

/** A whole number in decimal; commander prints the message after the option's name. */
export function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** For options that may be repeated. */
export function collectCount(text: string, previous: readonly number[]): number[] {
  return [...previous, parseCount(text)];
}

export function collectText(text: string, previous: readonly string[]): string[] {
  return [...previous, text];
}

/** Seconds, with a fraction if need be; at most what a timer takes. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > 2_000_000) {
    throw new InvalidArgumentError('It must be a number of seconds, e.g. 10 or 0.5, up to 2,000,000.');
  }
  return seconds;
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size in bytes: `65536`, `512K`, `64M`, `1G` (powers of 1024). */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d{1,12})([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError('It must be a size in bytes, e.g. 65536, 512K or 64M.');
  return Number(number) * (units[unit.toLowerCase()] ?? 1);
}

/** As tcpdump's -C: a plain number counts millions of bytes; with a unit it is a size. */
export function parseFileSize(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) * 1e6 : parseSize(text);
}
