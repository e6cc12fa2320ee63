import fs from 'node:fs';
import { expect, type TestContext, test, vi } from 'vitest';
import type { CaptureEvent } from '../../../src/event/event.ts';
import { parsePackets, parsePcapng } from './parse-pcapng.ts';
import { interfaceEvent, packetEvent, PcapngScenario, secretEvent } from './pcapng-scenario.ts';
import { recordTlsTraffic, type TlsTraffic } from './tls-traffic.ts';
import { readWith } from './tshark.ts';

// Readers of capture files take a second to start, and many times that on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const connections = 45;
let recorded: Promise<TlsTraffic> | undefined;

test('secrets late by up to 500 ms: tshark decrypts every request, in one pass', async (context) => {
  const traffic = await needTraffic(context);
  await using scenario = new PcapngScenario();
  for (const event of asEvents(traffic, (i) => (i * 37) % 500)) scenario.sink.handle(event);
  scenario.sink.end();
  expect(await readRequests(context, scenario.path)).toEqual([...traffic.paths].sort());
  expect(scenario.sink.totals).toMatchObject({
    packets: traffic.packets.length,
    droppedPackets: 0,
    unfinishedHandshakes: 0,
    lateSecrets: 0,
  });
  expect(parsePackets(scenario.read()).map(({ data }) => data.toString('hex'))).toEqual(
    traffic.packets.map(({ bytes }) => bytes.toString('hex')),
  );
});

test('a reader behind a pipe decrypts them all, too', async (context) => {
  const traffic = await needTraffic(context);
  await using scenario = new PcapngScenario();
  for (const event of asEvents(traffic, (i) => (i * 37) % 500)) scenario.sink.handle(event);
  scenario.sink.end();
  expect(await readPiped(context, scenario)).toEqual([...traffic.paths].sort());
});

test('without holding back they would not: most of TLS 1.3 is lost', async (context) => {
  const traffic = await needTraffic(context);
  await using scenario = new PcapngScenario({ expectsSecrets: () => false });
  for (const event of asEvents(traffic, () => 200)) scenario.sink.handle(event);
  scenario.sink.end();
  const requests = await readPiped(context, scenario);
  expect(requests.length).toBeLessThan(connections / 2);
});

test('secrets that come after the hold are put into the place at the start of the file', async (context) => {
  const traffic = await needTraffic(context);
  await using scenario = new PcapngScenario();
  for (const event of asEvents(traffic, () => 3000)) scenario.sink.handle(event);
  expect(scenario.sink.totals.unfinishedHandshakes).toBe(connections);
  scenario.sink.end();
  expect(await readRequests(context, scenario.path)).toEqual([...traffic.paths].sort());
  expect(scenario.sink.totals.lateSecrets).toBe(0);
});

test('late secrets are in the file as they come, not only at its end', async (context) => {
  const traffic = await needTraffic(context);
  await using scenario = new PcapngScenario();
  for (const event of asEvents(traffic, () => 3000)) scenario.sink.handle(event);
  // The last tick has passed, but nothing was ended: as after kill -9.
  const statistics = parsePcapng(scenario.read()).filter((block) => block.type === 5);
  expect(statistics).toEqual([]);
  expect(await readRequests(context, scenario.path)).toEqual([...traffic.paths].sort());
});

test('files of a rotation hold the secrets of what goes on in them', async (context) => {
  const traffic = await needTraffic(context);
  await using scenario = new PcapngScenario({ rotation: { sizeBytes: 100_000 } });
  for (const event of asEvents(traffic, (i) => (i * 37) % 500)) scenario.sink.handle(event);
  scenario.sink.end();
  expect(scenario.files().length).toBeGreaterThan(1);
  const decrypted = new Set<string>();
  for (const name of scenario.files()) {
    const alone = await readRequests(context, `${scenario.folder}/${name}`);
    for (const request of alone) decrypted.add(request);
  }
  // Handshakes and requests are in one file, but for the few that a change of files cuts apart.
  expect(decrypted.size).toBeGreaterThan(connections * 0.7);
});

async function needTraffic(context: TestContext): Promise<TlsTraffic> {
  recorded ??= recordTlsTraffic(context, connections);
  return recorded;
}

/** Packets and secrets in the order of their times, secrets later by a delay of their connection; then some ticks. */
function asEvents(traffic: TlsTraffic, delayMs: (connection: number) => number): readonly CaptureEvent[] {
  const startNs = traffic.packets[0]?.timeNs ?? 0n;
  const randoms = [...new Set(traffic.secrets.map(({ clientRandom }) => clientRandom))];
  const events: CaptureEvent[] = [
    ...traffic.packets.map(({ timeNs, bytes }) => packetEvent(bytes, { timeNs: Number(timeNs - startNs) })),
    ...traffic.secrets.map(({ timeNs, label, clientRandom, secret }) => ({
      ...secretEvent(
        label,
        clientRandom,
        Number(timeNs - startNs) + delayMs(randoms.indexOf(clientRandom)) * 1e6,
      ),
      secret,
    })),
  ];
  const lastNs = Math.max(...events.map(({ timeNs }) => timeNs));
  for (let timeNs = 0; timeNs < lastNs + 2e9; timeNs += 200e6) events.push({ type: 'tick', timeNs });
  return [interfaceEvent({ name: 'lo' }), ...events.sort((a, b) => a.timeNs - b.timeNs)];
}

/** Without the place that only files have, through a pipe. */
async function readPiped(context: TestContext, scenario: PcapngScenario): Promise<readonly string[]> {
  const file = `${scenario.folder}/piped`;
  fs.writeFileSync(file, withoutLatePlace(scenario.read()));
  return readRequests(context, '-', file);
}

async function readRequests(context: TestContext, file: string, piped?: string): Promise<readonly string[]> {
  const fields = ['-T', 'fields', '-e', 'http.request.uri', '-e', 'http2.headers.path'];
  const lines = await readWith(context, 'tshark', ['-r', file, ...fields], piped);
  return lines
    .flatMap((line) => line.split(/[\t,]/))
    .filter((text) => text.startsWith('/'))
    .sort();
}

/** As a pipe would have got it. */
function withoutLatePlace(file: Buffer): Buffer {
  const blocks = parsePcapng(file);
  const place = blocks.findIndex((block) => block.type === 10);
  return Buffer.concat(blocks.filter((_, i) => i !== place).map(({ bytes }) => bytes));
}
