import type { TestContext } from 'vitest';
import { findCommand } from '../../support/find-command.ts';
import { runCommand } from '../../support/run-command.ts';

/**
 * Runs a reader of capture files and returns its lines; skips the test where it is not installed. `piped` is a file that
 * comes to it through a pipe.
 */
export async function readWith(
  context: TestContext,
  command: 'tshark' | 'capinfos' | 'tcpdump' | 'mergecap',
  args: readonly string[],
  piped?: string,
): Promise<readonly string[]> {
  const found = findCommand(command);
  if (found === undefined) return context.skip(`${command} is not installed`);
  const options = { timeoutMs: 60_000, env: { ...process.env, TZ: 'UTC' } };
  // Node's own pipes are sockets, which tshark refuses.
  const result =
    piped === undefined
      ? await runCommand(found, args, options)
      : await runCommand('sh', ['-c', 'cat "$0" | "$@"', piped, found, ...args], options);
  if (result.code !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.code} ${result.stderr}`);
  if (/cut short|malformed|truncated|appears to be damaged/i.test(result.stderr))
    throw new Error(result.stderr);
  return result.stdout.split('\n').filter((line) => line !== '');
}
