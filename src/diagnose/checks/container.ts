import { findContainer } from '../find-container.ts';
import type { DoctorLine } from '../doctor-line.ts';
import type { Host } from '../host.ts';

/** Only said where there is one. What a container lacks is said, with its remedy, by the check that misses it. */
export function checkContainer(host: Host): DoctorLine | undefined {
  const found = findContainer(host);
  if (found === undefined) return undefined;
  return {
    status: 'ok',
    name: 'container',
    detail: `this looks like ${found.kind} (${found.hint})`,
    remedy: '',
  };
}
