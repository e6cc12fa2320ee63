/** Whether a release is at least `major.minor`; false when it cannot be told. */
export function isAtLeast(release: string, major: number, minor: number): boolean {
  const version = parseKernelVersion(release);
  if (version === undefined) return false;
  return version.major > major || (version.major === major && version.minor >= minor);
}

interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

/** `6.12.0-18-amd64` → 6, 12; undefined when it does not begin like a version. */
function parseKernelVersion(release: string): KernelVersion | undefined {
  const match = /^(\d{1,4})\.(\d{1,4})/.exec(release);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}
