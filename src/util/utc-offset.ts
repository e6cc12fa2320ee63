/**
 * For a time zone by name (`Europe/Berlin`, `UTC`) or fixed offset (`+02:00`): the function that gives the minutes
 * east of Greenwich at a moment in milliseconds since 1970. A name that is not known here counts as UTC.
 */
export function createUtcOffset(timeZone: string): (unixMs: number) => number {
  const fixed = parseFixedOffset(timeZone);
  if (fixed !== undefined) return () => fixed;
  const format = findFormat(timeZone);
  if (format === undefined) return () => 0;
  let quarter = NaN;
  let minutes = 0;
  return (unixMs) => {
    // Zones change their offset at full quarters of an hour only.
    const current = Math.floor(unixMs / 900_000);
    if (current !== quarter) {
      quarter = current;
      minutes = offsetAt(format, current * 900_000);
    }
    return minutes;
  };
}

function parseFixedOffset(timeZone: string): number | undefined {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(timeZone);
  if (match === null) return undefined;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

function findFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
}

/** `GMT+05:30`, `GMT-03:00` or plain `GMT`. */
function offsetAt(format: Intl.DateTimeFormat, unixMs: number): number {
  const name = format.formatToParts(unixMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
  return parseFixedOffset(name.replace('GMT', '')) ?? 0;
}
