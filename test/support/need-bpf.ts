import type { TestContext } from 'vitest';

/** Skips the test, with the reason, where programs cannot be loaded into the kernel. */
export function needBpf(context: TestContext): void {
  if (process.getuid?.() !== 0) context.skip('loading BPF programs needs root');
}
