import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { Capture } from '../support/capture.ts';
import { decrypt, decryptedFields, needTshark, readDecrypted } from '../support/decrypted.ts';
import { countOwners, kindsOfConnection, missing, talk } from '../support/https-talk.ts';
import { makeNetworkPair } from '../support/network-pair.ts';
import { packetPath, readPackets } from '../support/packet-file.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { waitUntil } from '../support/wait-until.ts';

async function startServer(context: TestContext): Promise<RunningProgram> {
  const server = await RunningProgram.start(needProgram(context, 'webserver'));
  onTestFinished(() => server.kill());
  return server;
}

async function startCapture(args: readonly string[], stdout?: number): Promise<Capture> {
  const capture = await Capture.start({
    args: ['gotls', '-m', 'pcap', ...args],
    ...(stdout !== undefined && { stdout }),
  });
  onTestFinished(() => capture.dispose());
  return capture;
}

test('a server on loopback: tshark alone shows every request and body, each packet has its process', async (context) => {
  await needCapture(context);
  needTshark(context);
  const server = await startServer(context);
  const path = packetPath();
  const capture = await startCapture([
    ...['-e', needProgram(context, 'webserver'), '-i', 'lo', '-w', path],
    ...['tcp', 'port', String(server.port)],
  ]);
  const said = await talk(server.port, 4);
  await capture.stop();

  expect(missing(said, await decrypt(context, path))).toEqual([]);
  const pids = countOwners(path);
  const total = readPackets(path).length;
  const right = (pids[String(server.pid)] ?? 0) + (pids[String(process.pid)] ?? 0);
  // Right or unknown, never another one's.
  expect(
    Object.keys(pids).filter((pid) => ![server.pid, process.pid, 'nobody'].map(String).includes(pid)),
  ).toEqual([]);
  expect(right / total).toBeGreaterThanOrEqual(0.99);
  expect(capture.stderr).toMatch(/0 dropped; \d+ secrets/);
});

test('the same live, through a pipe', async (context) => {
  await needCapture(context);
  needTshark(context);
  const server = await startServer(context);
  // Node's own pipes are sockets, which tshark refuses.
  const pipe = packetPath('pipe');
  expect((await runCommand('mkfifo', [pipe], { timeoutMs: 10_000 })).code).toBe(0);
  const words = ['-c', 'exec tshark "$@" < "$0"', pipe, '-l', '-r', '-', ...decryptedFields];
  const reader = spawn('sh', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    reader.kill('SIGKILL');
  });
  let printed = '';
  reader.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  const writer = openSync(pipe, 'w');
  const args = ['-e', needProgram(context, 'webserver'), '-i', 'lo', '-w', '-'];
  const capture = await startCapture([...args, 'tcp', 'port', String(server.port)], writer);
  closeSync(writer);
  const said = await talk(server.port, 1);
  // Shown while the capture goes on.
  await waitUntil(
    () => missing(said, readDecrypted(printed)).length === 0,
    20_000,
    () => `all of it: ${missing(said, readDecrypted(printed)).join('\n')}`,
  );
  // A reader that goes away ends it quietly.
  reader.kill('SIGKILL');
  await talk(server.port, 1, 5);
  expect((await capture.exit()).code).toBe(0);
});

test('a client between network namespaces', async (context) => {
  await needCapture(context);
  needTshark(context);
  const { left, right } = await makeNetworkPair();
  const server = await RunningProgram.start(
    needProgram(context, 'webserver'),
    ['-address', `${right.ipv4}:0`],
    { wrapper: right.enter },
  );
  onTestFinished(() => server.kill());
  const path = packetPath();
  const program = needProgram(context, 'fetch');
  const capture = await startCapture(['-e', program, '-i', `${left.namespace}:${left.device}`, '-w', path]);
  const bodies: string[] = [];
  const requests: string[] = [];
  for (const [seed, args] of [[], ['-http1']].entries()) {
    const request = `/text/128000?seed=${seed}`;
    const url = `https://${right.ipv4}:${server.port}${request}`;
    const client = await RunningProgram.start(program, [...args, '-times', '2', url], {
      wrapper: left.enter,
    });
    onTestFinished(() => client.kill());
    client.send('go');
    expect(await client.exit()).toBe(0);
    requests.push(request);
    const body = pseudoRandomText(128_000, seed).toString();
    bodies.push(body, body);
  }
  await capture.stop();

  expect(missing({ requests, bodies }, await decrypt(context, path))).toEqual([]);
  const pids = Object.entries(countOwners(path));
  const known = pids.filter(([pid]) => pid !== 'nobody').reduce((sum, [, count]) => sum + count, 0);
  // ARP is nobody's.
  const ip = readPackets(path).filter(({ data }) => data.readUInt16BE(12) === 0x0800).length;
  expect(known / ip).toBeGreaterThanOrEqual(0.99);
  expect(pids.length).toBeLessThanOrEqual(3);
});

test('--pid keeps the flows of that process, whole, and none of fifteen others', async (context) => {
  await needCapture(context);
  needTshark(context);
  const server = await startServer(context);
  const others = await startServer(context);
  const path = packetPath();
  const capture = await startCapture(['--pid', String(server.pid), '-i', 'lo', '-w', path, '-v']);
  const noise = Promise.all(
    Array.from({ length: 15 }, (_, index) => talk(others.port, 1, 100 * (index + 1))),
  );
  const said = await talk(server.port, 2);
  await noise;
  await capture.stop();

  expect(missing(said, await decrypt(context, path))).toEqual([]);
  const packets = readPackets(path).map(({ data }) => ({
    ports: [data.readUInt16BE(34), data.readUInt16BE(36)] as const,
    flags: data[47] ?? 0,
  }));
  expect(packets.filter(({ ports }) => !ports.includes(server.port))).toEqual([]);
  const flows = new Map<number, number>();
  for (const { ports, flags } of packets) {
    const client = ports[0] === server.port ? ports[1] : ports[0];
    flows.set(client, (flows.get(client) ?? 0) | flags);
  }
  expect(flows.size).toBe(2 * kindsOfConnection.length);
  // From SYN to FIN: both ends are seen.
  expect([...flows.values()].filter((flags) => (flags & 3) !== 3)).toEqual([]);
});
