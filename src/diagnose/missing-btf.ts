import type { Explanation } from './explanation.ts';
import type { Host } from './host.ts';

export const btfPath = '/sys/kernel/btf/vmlinux';

export function explainMissingBtf(host: Host): Explanation {
  if (!host.exists('/sys/kernel')) {
    return { reason: '/sys is not mounted, so there is no ' + btfPath, remedy: 'mount -t sysfs sysfs /sys' };
  }
  return {
    reason: `the kernel has no type information (BTF): ${btfPath} is missing`,
    remedy: "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; most distributions' kernels since 2021 are",
  };
}
