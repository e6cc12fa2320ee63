import type { Explanation } from './explanation.ts';
import type { Host } from './host.ts';

/** Where the kernel says the number of its uprobe event source. */
export const uprobeTypePath = '/sys/bus/event_source/devices/uprobe/type';

export function explainMissingUprobes(host: Host): Explanation {
  return host.exists('/sys/bus')
    ? {
        reason: 'the kernel has no event source for uprobes',
        remedy: 'use a kernel built with CONFIG_UPROBE_EVENTS=y',
      }
    : {
        reason: '/sys is not mounted, so the event source for uprobes cannot be found',
        remedy: 'mount -t sysfs sysfs /sys',
      };
}
