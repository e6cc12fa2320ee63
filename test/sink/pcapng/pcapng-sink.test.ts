import { expect, test } from 'vitest';
import { parsePackets, parsePcapng } from './parse-pcapng.ts';
import { clockOffsetNs, interfaceEvent, packetEvent, PcapngScenario } from './pcapng-scenario.ts';

const caddy = { pid: 812, uid: 0, comm: 'caddy' };

test('a packet keeps its bytes, length, time to the nanosecond, direction and process', async () => {
  await using scenario = new PcapngScenario();
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  const bytes = Buffer.from('0123456789abcdef0');
  sink.handle(packetEvent(bytes, { timeNs: 4_294_967_297, lengthBytes: 90, direction: 'out', owner: caddy }));
  sink.end();
  const [packet] = parsePackets(scenario.read());
  expect(packet).toMatchObject({
    interfaceIndex: 0,
    timeNs: clockOffsetNs + 4_294_967_297n,
    originalBytes: 90,
    comments: ['pid=812 comm=caddy'],
    flags: 2,
  });
  expect(packet?.data.equals(bytes)).toBe(true);
  expect(parsePcapng(scenario.read()).map((block) => block.type)).toEqual([0x0a0d0d0a, 1, 0x40000bad, 6, 5]);
});
