import { chmodSync, copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inject, type TestContext } from 'vitest';
import { projectPaths } from './project-paths.ts';
import { runCommand } from './run-command.ts';

/** Skips the test, with the reason, where this machine cannot capture. */
export async function needCapture(context: TestContext): Promise<void> {
  reason ??= whyNoCapture();
  const why = await reason;
  if (why !== '') context.skip(why);
}

/**
 * The path of a program under test; skips the test, with the reason, where it cannot be had. It is a copy for this test
 * file alone: a capture by path sees every process that runs the file, whoever started it.
 */
export function needProgram(context: TestContext, name: string): string {
  const program = inject('programs')[name];
  if (program === undefined) throw new Error(`no build is called ${name}`);
  if (!program.ok) context.skip(program.reason);
  return program.ok ? copyOf(name, program.value) : '';
}

const copies = new Map<string, string>();

function copyOf(name: string, path: string): string {
  const known = copies.get(name);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(inject('scratch'), 'program-'));
  chmodSync(folder, 0o755);
  const copy = join(folder, basename(path));
  copyFileSync(path, copy);
  copies.set(name, copy);
  return copy;
}

let reason: Promise<string> | undefined;

/** Empty where it can. What tlstap itself says counts only when it says it properly: a doctor that crashes fails the tests. */
async function whyNoCapture(): Promise<string> {
  if (process.getuid?.() !== 0) return 'capturing needs root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'the kernel has no BTF (/sys/kernel/btf/vmlinux)';
  const doctor = await runCommand(process.execPath, [projectPaths.main, 'doctor', '--json'], {
    timeoutMs: 30_000,
  });
  if (doctor.code === 0) return '';
  const failure = doctor.stdout.split('\n').find((line) => /"fail"/.test(line));
  if (failure === undefined) throw new Error(`tlstap doctor failed: ${doctor.stderr}${doctor.stdout}`);
  return `tlstap doctor: ${failure.trim()}`;
}
