import { spawn } from 'node:child_process';
import { createWriteStream, readdirSync, readlinkSync } from 'node:fs';

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
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', root.path, command],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], TLSTAP_ENV: formatEnv(root) },
    },
  );
  let tail = '';
  const keep = (/** @type {string} */ text) => {
    log.write(text);
    tail = (tail + text).slice(-4096);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const limit = setTimeout(() => endProcessesIn(root.path), limitMs);
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (exitCode) => resolve(exitCode ?? 128));
  });
  clearTimeout(limit);
  endProcessesIn(root.path);
  log.end();
  const seconds = Math.round((performance.now() - started) / 1000);
  return { code, lastLine: tail.trimEnd().split('\n').at(-1) ?? '', seconds };
}

const limitMs = 45 * 60_000;

const enter = `
mount -t proc proc "$1/proc" &&
mount --rbind /sys "$1/sys" &&
mount --rbind /dev "$1/dev" &&
eval exec chroot '"$1"' env -i $TLSTAP_ENV sh -c '"$2"'
`;

/** @param {import('./fresh-root.mjs').FreshRoot} root */
function formatEnv({ checkout, env }) {
  const all = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    TERM: 'dumb',
    ...env,
  };
  const words = Object.entries(all).map(
    ([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
  return `-C ${checkout} ${words.join(' ')}`;
}

/**
 * Ends what is left running in a root, found by the root itself.
 * @param {string} path
 */
function endProcessesIn(path) {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (readlinkSync(`/proc/${name}/root`) === path) process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}
