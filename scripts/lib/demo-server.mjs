import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * @typedef {{ url: string, stop: () => void }} DemoServer
 *
 * Starts esbuild as an HTTPS server for a small site, with a certificate made for this run.
 * @param {string} program path of esbuild
 * @param {string} folder empty, for the site and the certificate
 * @param {import('./invoking-account.mjs').Account} account whose processes these are
 * @returns {Promise<DemoServer>}
 */
export async function startDemoServer(program, folder, account) {
  const site = join(folder, 'site');
  mkdirSync(site);
  for (const [name, content] of Object.entries(siteFiles)) writeFileSync(join(site, name), content);
  const { key, certificate } = await makeCertificate(folder, account);
  const port = await freePort();
  const server = spawn(
    program,
    [`--serve=127.0.0.1:${port}`, `--servedir=${site}`, `--certfile=${certificate}`, `--keyfile=${key}`],
    // esbuild serves until its standard input ends: a pipe that we hold also ends it when this process is killed.
    { ...account, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  server.on('error', () => {});
  await waitForPort(
    port,
    () => server.exitCode === null && server.signalCode === null && server.pid !== undefined,
  );
  return { url: `https://127.0.0.1:${port}`, stop: () => server.kill() };
}

const siteFiles = {
  'index.html':
    '<!doctype html>\n<title>Tea house</title>\n<h1>Tea house</h1>\n<p>Open today. See the <a href="menu.json">menu</a>.</p>\n',
  'menu.json': '{\n  "tea": ["sencha", "assam", "rooibos"],\n  "open": true\n}\n',
};

/**
 * @param {string} folder
 * @param {import('./invoking-account.mjs').Account} account
 */
async function makeCertificate(folder, account) {
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'certificate.pem');
  const words = [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-keyout', key, '-out', certificate],
  ];
  const { code, output } = await runCommand('openssl', words, account);
  if (code !== 0) throw new StepFailure('openssl cannot make a certificate', { detail: output });
  return { key, certificate };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * @param {number} port
 * @param {() => boolean} isAlive
 */
async function waitForPort(port, isAlive) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await accepts(port)) return;
    if (!isAlive()) throw new StepFailure('esbuild ended before it served anything');
    await sleep(50);
  }
  throw new StepFailure('esbuild did not begin to serve within 5 s');
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
