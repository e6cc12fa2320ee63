import type { Explanation } from './explanation.ts';
import type { Host } from './host.ts';

/**
 * Confidentiality takes bpf_probe_read_kernel() away (LOCKDOWN_BPF_READ_KERNEL of include/linux/security.h); integrity
 * takes nothing that is used here. The file reads `none integrity [confidentiality]`, the present mode in brackets.
 */
export function explainLockdown(host: Host): Explanation | undefined {
  const lockdown = host.readFile('/sys/kernel/security/lockdown') ?? '';
  if (!lockdown.includes('[confidentiality]')) return undefined;
  return {
    reason: 'kernel lockdown is "confidentiality", which keeps BPF programs from reading kernel memory',
    remedy: 'boot with lockdown=integrity, or without lockdown',
  };
}
