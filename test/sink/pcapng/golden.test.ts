import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildClientHello, buildEthernet, buildTcp, buildUdp } from '../../packet/build-packet.ts';
import { parsePcapng } from './parse-pcapng.ts';
import { interfaceEvent, packetEvent, PcapngScenario, secretEvent } from './pcapng-scenario.ts';

// A small file, block by block. What changes here changes for readers: look at it with tshark before you accept it.

test('a small file of two interfaces, to the byte', async () => {
  await using scenario = new PcapngScenario();
  const file = path.join(scenario.folder, 'stdout');
  const fd = fs.openSync(file, 'w');
  // As stdout that goes to a file: without the place for late secrets.
  await using redirected = new PcapngScenario({ target: { descriptor: { fd, mode: 'direct', own: true } } });
  const { sink } = redirected;
  sink.handle(interfaceEvent({ filter: 'tcp port 443' }));
  sink.handle(
    interfaceEvent({ id: 1, name: 'tun0', index: 7, linkType: 'raw', namespace: '/run/netns/blue' }),
  );
  sink.handle({
    type: 'process',
    timeNs: 1,
    pid: 812,
    comm: 'caddy',
    exe: '/usr/bin/caddy',
    container: '4f5e6a',
  });
  const ends = { source: ['10.0.0.1', 40_000], destination: ['10.0.0.2', 443] } as const;
  const clientRandom = '0123456789abcdef'.repeat(4);
  const hello = buildEthernet(buildTcp({ ...ends, payload: buildClientHello(clientRandom, 50) }));
  const owner = { pid: 812, uid: 0, comm: 'caddy' };
  sink.handle(packetEvent(hello, { timeNs: 1_000_000_001, direction: 'out', owner }));
  sink.handle(secretEvent('CLIENT_RANDOM', clientRandom, 1_000_500_000));
  const cut = buildUdp({ ...ends, payload: Buffer.from('hello') }).subarray(0, 30);
  sink.handle(packetEvent(cut, { timeNs: 1_001_000_000, interfaceId: 1, lengthBytes: 33 }));
  sink.handle({ type: 'interface-counters', timeNs: 2e9, id: 0, receivedPackets: 9, droppedPackets: 1 });
  sink.handle({ type: 'tick', timeNs: 2e9 });
  await sink.close(0);
  const lines = parsePcapng(fs.readFileSync(file)).map(({ bytes }) => formatWords(bytes));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/packets.hex');
});

/** Sixteen bytes a line, in words of four. */
function formatWords(block: Buffer): string {
  const words = block.toString('hex').match(/.{1,8}/g) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += 4) lines.push(words.slice(i, i + 4).join(' '));
  return `${lines.join('\n')}\n`;
}
