import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from './find-command.mjs';
import { filesUnder, inputDigest, isUpToDate, markUpToDate } from './input-digest.mjs';
import { projectRoot } from './project-root.mjs';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/** Folders under dist/bpf, named like a plan's architecture, and the name libbpf's headers have for each. */
const architectures = [
  { folder: 'x86-64', define: '__TARGET_ARCH_x86' },
  { folder: 'arm64', define: '__TARGET_ARCH_arm64' },
];

/**
 * Compiles every bpf/*.bpf.c for every architecture to dist/bpf/ARCHITECTURE/*.bpf.o.
 * @returns {Promise<boolean>} whether there was something to do
 */
export async function buildBpf() {
  const jobs = bpfSources().flatMap((source) =>
    architectures.map(({ folder, define }) => ({
      source,
      define,
      output: source.replace(/^bpf\//, `dist/bpf/${folder}/`).replace(/\.c$/, '.o'),
    })),
  );
  const outputs = jobs.map((job) => job.output);
  const stale = filesUnder('dist/bpf').filter((path) => path.includes('.bpf.o') && !outputs.includes(path));
  for (const path of stale) rmSync(join(projectRoot, path));

  const digest = inputDigest(['bpf', 'scripts/lib/build-bpf.mjs']);
  if (isUpToDate('bpf', digest, outputs)) return false;
  await Promise.all(jobs.map((job) => compile(job)));
  markUpToDate('bpf', digest);
  return true;
}

/** BPF programs as paths relative to the project; headers are not among them. */
export function bpfSources() {
  return filesUnder('bpf').filter((path) => path.endsWith('.bpf.c'));
}

/**
 * Flags for one source; the define says whose registers `bpf_tracing.h` means.
 * @param {string} define
 */
export function bpfFlags(define = '__TARGET_ARCH_x86') {
  return [
    '-target',
    'bpf',
    // Linux 5.10 runs v3 (32-bit ALU and jumps); without it, code for 32-bit values is longer and harder to verify.
    '-mcpu=v3',
    '-O2',
    '-g',
    '-Wall',
    '-Wextra',
    `-D${define}`,
    '-Ibpf',
    // `linux/types.h` includes `asm/types.h`, which Debian keeps in a folder that only a native compiler searches.
    ...hostHeaderFolders.flatMap((folder) => (existsSync(folder) ? ['-idirafter', folder] : [])),
    // Line information in BTF must not tell where the checkout was.
    '-fdebug-compilation-dir=.',
  ];
}

const hostHeaderFolders = ['/usr/include/x86_64-linux-gnu', '/usr/include/aarch64-linux-gnu'];

/** @param {{ source: string, define: string, output: string }} job */
async function compile({ source, define, output }) {
  const target = join(projectRoot, output);
  const scratch = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  const result = await runCommand('clang', [...bpfFlags(define), '-c', source, '-o', scratch], {
    cwd: projectRoot,
  });
  if (result.code !== 0) {
    throw new StepFailure(`clang cannot compile ${source}`, {
      detail: result.output,
      remedy: result.code === 127 ? 'install clang, or run: node scripts/setup.mjs' : '',
    });
  }
  if (result.output !== '') process.stderr.write(result.output);
  await stripDwarf(scratch);
  renameSync(scratch, target);
}

/**
 * DWARF is most of an object and of no use to the kernel; `-g` leaves BTF in place.
 * @param {string} path
 */
async function stripDwarf(path) {
  if (findCommand('llvm-strip') === undefined) return;
  const result = await runCommand('llvm-strip', ['-g', path]);
  if (result.code !== 0) throw new StepFailure(`llvm-strip failed on ${path}`, { detail: result.output });
}
