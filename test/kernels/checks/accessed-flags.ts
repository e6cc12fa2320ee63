import { writeFileSync } from 'node:fs';
import { captureExchange } from './capture-exchange.ts';

/** Fewer than this would show nothing. */
const fewest = 50;

/**
 * Clears the accessed flags of the program's pages all the time, as a kernel that looks for unused memory does now and
 * then. Where the CPU does not set them by itself, the next access to a page that is there faults (many arm64 CPUs).
 */
export async function captureWithFlagsCleared(program: string): Promise<string[]> {
  let count = 0;
  const problems = await captureExchange(program, {
    // It moves stacks and touches everything itself.
    args: ['-gc'],
    meanwhile: (pid) => {
      const timer = setInterval(() => {
        try {
          // 1: the flags of all pages, Documentation/filesystems/proc.rst.
          writeFileSync(`/proc/${pid}/clear_refs`, '1');
          count++;
        } catch {
          clearInterval(timer);
        }
      }, 1);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  });
  return count < fewest ? [...problems, `the flags were cleared ${count} times only`] : problems;
}
