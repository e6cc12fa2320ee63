// npm run demo: what tlstap shows of a real Go program, after installing and building what is missing.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDemoCapture, tlstapPath } from './lib/demo-capture.mjs';
import { demoClients } from './lib/demo-clients.mjs';
import { demoProgram } from './lib/demo-program.mjs';
import { startDemoServer } from './lib/demo-server.mjs';
import { invokingAccount } from './lib/invoking-account.mjs';
import { runCommand } from './lib/run-command.mjs';
import { runMain } from './lib/run-main.mjs';
import { setUp } from './lib/set-up.mjs';

const isSetUp = process.argv.includes('--set-up-done');
/** Long enough for the last bytes to be shown before the next client speaks, short enough not to bore. */
const pauseMs = 400;

await runMain(async () => {
  if (!isSetUp) await setUp(['demo']);
  const program = await demoProgram();
  const asRoot = await sudoAgain();
  if (asRoot !== undefined) return asRoot;
  const unfit = await doctorsRefusal();
  return unfit ?? show(program);
});

/**
 * Capturing needs root. Where sudo gives it without a password the demo runs once more as root, its server and clients
 * still as the user who asked.
 * @returns {Promise<number | undefined>} the exit code of that run, if there was one
 */
async function sudoAgain() {
  if (process.getuid?.() === 0 || isSetUp) return undefined;
  if ((await runCommand('sudo', ['-n', 'true'])).code !== 0) return undefined;
  const words = ['-n', process.execPath, fileURLToPath(import.meta.url), '--set-up-done'];
  return spawnSync('sudo', words, { stdio: 'inherit' }).status ?? 1;
}

/**
 * Says what doctor says, its remedies last, if this machine cannot capture.
 * @returns {Promise<number | undefined>} doctor's exit code in that case
 */
async function doctorsRefusal() {
  const { code, output } = await runCommand(process.execPath, [tlstapPath, 'doctor']);
  if (code === 0) return undefined;
  process.stderr.write(`tlstap cannot capture here; tlstap doctor says why:\n\n${output}\n`);
  for (const remedy of await remedies()) process.stderr.write(`To see the demo: ${remedy}\n`);
  return code;
}

async function remedies() {
  const { output } = await runCommand(process.execPath, [tlstapPath, 'doctor', '--json']);
  const { checks } = /** @type {{ checks: { status: string, remedy: string }[] }} */ (JSON.parse(output));
  return checks
    .filter(({ status, remedy }) => status === 'fail' && remedy !== '')
    .map(({ remedy }) => remedy);
}

/** @param {string} program */
async function show(program) {
  const account = invokingAccount();
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-demo-'));
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid ?? account.uid);
  chmodSync(folder, 0o755);
  /** @type {(() => void)[]} */
  const cleanUps = [() => rmSync(folder, { recursive: true, force: true })];
  const cleanUp = () =>
    cleanUps
      .splice(0)
      .toReversed()
      .forEach((step) => step());
  // On Ctrl-C tlstap, which shares this terminal, ends by itself; only what the demo made is left to remove.
  process.once('SIGINT', () => {
    cleanUp();
    process.exit(130);
  });
  try {
    const server = await startDemoServer(program, folder, account);
    cleanUps.push(server.stop);
    say(`esbuild, a Go program, serves ${server.url}; tlstap is told nothing but its path`);
    const capture = await startDemoCapture(program, join(folder, 'ready'));
    let code = 1;
    try {
      await visit(demoClients(server.url, account), capture);
    } finally {
      code = await capture.stop();
    }
    if (code === 0) sayNext();
    return code;
  } finally {
    cleanUp();
  }
}

/**
 * @param {readonly import('./lib/demo-clients.mjs').DemoClient[]} clients
 * @param {import('./lib/demo-capture.mjs').DemoCapture} capture
 */
async function visit(clients, capture) {
  for (const client of clients) {
    if (!capture.isRunning()) return;
    say(client.title);
    await client.run();
    await sleep(pauseMs);
  }
}

/** @param {string} text */
function say(text) {
  process.stderr.write(process.stderr.isTTY ? `\u001B[2m# ${text}\u001B[22m\n` : `# ${text}\n`);
}

function sayNext() {
  // sudo's PATH may not lead to this node.
  const node = process.execPath.startsWith('/usr/') ? 'node' : process.execPath;
  const sudo = process.getuid?.() === 0 && process.env['SUDO_UID'] === undefined ? '' : 'sudo ';
  process.stderr.write(
    `\nNow a Go program of your own:  ${sudo}${node} dist/main.js gotls --pid PID   (or: gotls -e PATH)\n`,
  );
}
