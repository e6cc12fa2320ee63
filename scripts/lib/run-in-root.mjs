import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';

/**
 * Runs a command in another root with proc, sys and dev. They are mounted in a mount namespace of its own, so
 * they are gone with it, however it ends. The process namespace is this one's: eBPF programs see no other.
 * @param {import('./fresh-root.mjs').FreshRoot} root
 * @param {string} command for a shell, in the checkout
 * @param {string} logPath gets all output
 * @returns {Promise<{ code: number, lastLine: string, seconds: number }>}
 */
export async function runInRoot(root, command, logPath) {
  const started = performance.now();
  const log = createWriteStream(logPath, { flags: 'a' });
  const inside = ['env', '-i', '-C', root.checkout, ...environment(root), 'sh', '-c', command];
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', root.path, ...inside];
  const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  const keep = (/** @type {string} */ text) => {
    log.write(text);
    tail = (tail + text).slice(-4096);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const limit = setTimeout(() => endProcessesIn(root.path), limitMs);
  // What the command left running would hold its output, and the root, open.
  child.on('exit', () => endProcessesIn(root.path));
  const code = await exitCode(child);
  clearTimeout(limit);
  log.end();
  const seconds = Math.round((performance.now() - started) / 1000);
  return { code, lastLine: tail.trimEnd().split('\n').at(-1) ?? '', seconds };
}

const limitMs = 45 * 60_000;

/**
 * Not chroot: below it a process is not at the root of its mount namespace, and namespaces made or entered in there
 * behave as on no real machine.
 */
const enter = `
root=$1 && shift &&
readlink /proc/self/ns/mnt >"$root.namespace" &&
mount --bind "$root" "$root" &&
cd "$root" &&
mount -t proc proc proc &&
mount --rbind /sys sys &&
mount --rbind /dev dev &&
pivot_root . mnt &&
cd / &&
umount -l /mnt &&
exec "$@"
`;

/** @param {import('./fresh-root.mjs').FreshRoot} root */
function environment({ env }) {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const all = { PATH: path, HOME: '/root', TERM: 'dumb', ...env };
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCode(child) {
  return new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 128));
  });
}

/**
 * Ends what is left running in a root, found by its mount namespace.
 * @param {string} path
 */
function endProcessesIn(path) {
  const record = `${path}.namespace`;
  const namespace = existsSync(record) ? readFileSync(record, 'utf8').trim() : 'none';
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (readlinkSync(`/proc/${name}/ns/mnt`) === namespace) process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  rmSync(record, { force: true });
}
