import type { DoctorLine } from '../doctor-line.ts';

/** The oldest that is tested; `engines` of package.json says the same. */
const floor = [20, 19] as const;

export function checkNode(version: string): DoctorLine {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > floor[0] || (major === floor[0] && minor >= floor[1]);
  return {
    status: isEnough ? 'ok' : 'fail',
    name: 'Node.js',
    detail: isEnough ? version : `${version} is too old: ${floor.join('.')} is the oldest that works`,
    remedy: isEnough ? '' : `install Node.js ${floor.join('.')} or later`,
  };
}
