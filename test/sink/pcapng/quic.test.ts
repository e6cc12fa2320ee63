import { expect, test } from 'vitest';
import { buildInitial } from '../../packet/build-initial.ts';
import { buildClientHello, buildEthernet, buildUdp } from '../../packet/build-packet.ts';
import { parsePackets } from './parse-pcapng.ts';
import { interfaceEvent, packetEvent, PcapngScenario, secretEvent } from './pcapng-scenario.ts';
import { readWith } from './tshark.ts';

test.each([1, 2] as const)(
  'QUIC version %i: packets wait from the Initial packet on, for four secrets',
  async (version) => {
    await using scenario = new PcapngScenario();
    const { sink } = scenario;
    const clientRandom = 'ab'.repeat(32);
    sink.handle(interfaceEvent());
    sink.handle(packetEvent(initial(version, clientRandom)));
    sink.flush();
    expect(parsePackets(scenario.read())).toHaveLength(0);
    for (const label of [
      'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
      'SERVER_HANDSHAKE_TRAFFIC_SECRET',
      'CLIENT_TRAFFIC_SECRET_0',
    ]) {
      sink.handle(secretEvent(label, clientRandom));
    }
    sink.flush();
    expect(parsePackets(scenario.read())).toHaveLength(0);
    sink.handle(secretEvent('SERVER_TRAFFIC_SECRET_0', clientRandom));
    sink.flush();
    expect(parsePackets(scenario.read())).toHaveLength(1);
  },
);

test('the Initial packets of these tests are such that tshark decrypts them', async (context) => {
  await using scenario = new PcapngScenario({ wantsSecrets: false });
  scenario.sink.handle(interfaceEvent());
  for (const version of [1, 2] as const) scenario.sink.handle(packetEvent(initial(version, 'ab'.repeat(32))));
  scenario.sink.end();
  const fields = ['-T', 'fields', '-e', 'quic.version', '-e', 'quic.crypto.length'];
  expect(await readWith(context, 'tshark', ['-r', scenario.path, ...fields])).toEqual([
    '0x00000001\t204',
    '0x6b3343cf\t204',
  ]);
});

function initial(version: 1 | 2, clientRandom: string): Buffer {
  const hello = buildClientHello(clientRandom).subarray(5);
  // One of its own, or readers take both for the same connection.
  const destinationId = Buffer.from([version, 2, 3, 4, 5, 6, 7, 8]);
  const payload = buildInitial({ version, destinationId, packetNumber: 1, crypto: [[0, hello]] });
  return buildEthernet(
    buildUdp({ source: ['10.0.0.1', 50_000 + version], destination: ['10.0.0.2', 443], payload }),
  );
}
