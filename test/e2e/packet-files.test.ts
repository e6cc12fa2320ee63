import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { parsePackets } from '../sink/pcapng/parse-pcapng.ts';
import { readWith } from '../sink/pcapng/tshark.ts';
import { Capture } from '../support/capture.ts';
import { findCommand } from '../support/find-command.ts';
import { projectPaths } from '../support/project-paths.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { waitUntil } from '../support/wait-until.ts';

test('after kill -9 the file is readable, and decrypted up to the last flush', async (context) => {
  const { path, server, folder } = await start(context);
  const file = join(folder, 'killed.pcapng');
  const capture = await Capture.start({ args: pcap(path, server, '-w', file) });
  onTestFinished(() => capture.dispose());
  const urls = await talk(server.port, 6);
  await sleep(1500);
  process.kill(capture.pid, 'SIGKILL');
  await sleep(200);
  expect(await readUrls(context, file)).toEqual(urls);
  await readWith(context, 'tcpdump', ['-nn', '-r', file]);
  await readWith(context, 'capinfos', [file]);
});

test('through a pipe tshark shows requests as they come', async (context) => {
  const tshark = findCommand('tshark');
  if (tshark === undefined) context.skip('tshark is not installed');
  const { path, server } = await start(context);
  const command = [process.execPath, projectPaths.main, ...pcap(path, server, '-w', '-')];
  // -l: a line as soon as there is one.
  const reader = [tshark, '-l', '-r', '-', '-T', 'fields', '-e', 'http.request.uri'];
  const child = spawn('sh', ['-c', `${command.join(' ')} | ${reader.join(' ')}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const group = child.pid ?? 0;
  onTestFinished(() => {
    if (group > 0 && child.exitCode === null) process.kill(-group, 'SIGTERM');
  });
  let shown = '';
  child.stdout.on('data', (piece: Buffer) => (shown += piece.toString()));
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  await waitUntil(
    () => said.includes('Ctrl-C'),
    20_000,
    () => `tlstap ready: ${said}`,
  );
  const urls = await talk(server.port, 3);
  const found = (): readonly string[] => shown.split('\n').filter((line) => line.startsWith('/'));
  await waitUntil(
    () => found().length >= 3,
    10_000,
    () => `requests in ${shown} ${said}`,
  );
  expect([...found()].sort()).toEqual(urls);
});

test('a reader that goes away ends the capture quietly', async (context) => {
  const { path, server } = await start(context);
  const command = [process.execPath, projectPaths.main, ...pcap(path, server, '-w', '-')];
  const child = spawn(
    'bash',
    ['-c', `${command.join(' ')} | head -c 200 >/dev/null; echo code \${PIPESTATUS[0]}`],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  await waitUntil(
    () => said.includes('Ctrl-C'),
    20_000,
    () => `tlstap ready: ${said}`,
  );
  await talk(server.port, 10);
  await waitUntil(
    () => output !== '',
    10_000,
    () => `the end: ${said}`,
  );
  expect(output).toBe('code 0\n');
  expect(said).not.toMatch(/error|cannot/i);
});

test('a full disk is said, with exit code 1, and the file is readable', async (context) => {
  const { path, server, folder } = await start(context);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
  if (mounted.status !== 0) context.skip('a small file system cannot be mounted here');
  onTestFinished(() => void spawnSync('umount', [disk]));
  const file = join(disk, 'full.pcapng');
  const capture = await Capture.start({ args: pcap(path, server, '-w', file) });
  onTestFinished(() => capture.dispose());
  for (let i = 0; i < 200 && !capture.stderr.includes('cannot write'); i += 1) await talk(server.port, 2);
  const { code, stderr } = await capture.exit();
  expect(code).toBe(1);
  expect(stderr).toContain(`cannot write ${file}`);
  expect(stderr).toContain('no space left on the device');
  const read = await readUrls(context, file);
  expect(read.length).toBeGreaterThan(10);
});

test('files of a rotation, each of which tshark decrypts', async (context) => {
  const { path, server, folder } = await start(context);
  const capture = await Capture.start({
    args: pcap(path, server, '-w', join(folder, 'cap'), '-C', '30K', '-W', '100'),
  });
  onTestFinished(() => capture.dispose());
  const urls = await talk(server.port, 30);
  await capture.stop();
  const files = readdirSync(folder).filter((name) => name.startsWith('cap'));
  expect(files.length).toBeGreaterThan(1);
  expect(files.every((name) => /^cap\d\d$/.test(name))).toBe(true);
  const merged = join(folder, 'merged.pcapng');
  await readWith(context, 'mergecap', [
    '-a',
    '-w',
    merged,
    ...files.sort().map((name) => join(folder, name)),
  ]);
  expect(await readUrls(context, merged)).toEqual(urls);
  const all = files.flatMap((name) => parsePackets(readFileSync(join(folder, name))));
  expect(all.length).toBeGreaterThan(200);
});

interface Started {
  readonly path: string;
  readonly server: RunningProgram;
  readonly folder: string;
}

async function start(context: TestContext): Promise<Started> {
  await needCapture(context);
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-packets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  return { path, server, folder };
}

function pcap(path: string, server: RunningProgram, ...more: readonly string[]): string[] {
  return ['gotls', '-m', 'pcap', '-e', path, '-i', 'lo', ...more, 'tcp', 'port', String(server.port)];
}

let calls = 0;

/** One request on each of so many connections; their URLs. */
async function talk(port: number, connections: number): Promise<readonly string[]> {
  const urls: string[] = [];
  for (let i = 0; i < connections; i += 1) {
    const client = await RecordedClient.connect({ port, protocol: 'http/1.1' });
    const url = `/hello?${String((calls += 1)).padStart(5, '0')}`;
    await client.call({ path: url });
    await client.close();
    urls.push(url);
  }
  return urls;
}

async function readUrls(context: TestContext, file: string): Promise<readonly string[]> {
  const lines = await readWith(context, 'tshark', [
    '-r',
    file,
    '-Y',
    'http.request',
    '-T',
    'fields',
    '-e',
    'http.request.uri',
  ]);
  return [...lines].sort();
}
