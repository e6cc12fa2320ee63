import { expect, test } from 'vitest';
import { Rotation, type RotationRules, type RotationStep } from '../../../src/sink/pcapng/rotation.ts';
import { buildClientHello, buildEthernet, buildTcp } from '../../packet/build-packet.ts';
import { noCounters } from '../../support/events.ts';
import { parsePackets, parsePcapng, parseSecrets } from './parse-pcapng.ts';
import { interfaceEvent, packetEvent, PcapngScenario, secretEvent } from './pcapng-scenario.ts';
import { readWith } from './tshark.ts';

/** 2026-02-03T12:01:02Z */
const startTimeNs = 1_770_120_062e9;

// Names as tcpdump's MakeFilename() gives them.
test.each<[name: string, rules: RotationRules, steps: number, names: readonly string[]]>([
  ['-C', { sizeBytes: 10 }, 3, ['f', 'f1', 'f2', 'f3']],
  ['-C -W 2', { sizeBytes: 10, count: 2 }, 3, ['f0', 'f1', 'f0', 'f1']],
  [
    '-C -W 11',
    { sizeBytes: 10, count: 11 },
    11,
    ['f00', 'f01', 'f02', 'f03', 'f04', 'f05', 'f06', 'f07', 'f08', 'f09', 'f10', 'f00'],
  ],
  ['-C -W 1', { sizeBytes: 10, count: 1 }, 2, ['f', 'f', 'f']],
])('%s', (_name, rules, steps, names) => {
  const rotation = new Rotation('f', rules, { utcOffsetMinutes: () => 0, startTimeNs });
  const seen = [rotation.path];
  for (let i = 0; i < steps; i += 1) {
    expect(step(rotation, 0, 10)).toBe('stay');
    expect(step(rotation, 0, 11)).toBe('next');
    seen.push(rotation.path);
  }
  expect(seen).toEqual(names);
});

test('-G: names of the local time at which a file was begun', () => {
  const rotation = new Rotation(
    'f-%Y%m%d-%H:%M:%S.pcapng',
    { seconds: 60 },
    { utcOffsetMinutes: () => 90, startTimeNs },
  );
  expect(rotation.path).toBe('f-20260203-13:31:02.pcapng');
  expect(step(rotation, 59.9)).toBe('stay');
  expect(step(rotation, 61.5)).toBe('next');
  expect(rotation.path).toBe('f-20260203-13:32:03.pcapng');
  expect(step(rotation, 120)).toBe('stay');
  expect(step(rotation, 500)).toBe('next');
  expect(rotation.path).toBe('f-20260203-13:39:22.pcapng');
});

test('-G -W: after so many files the capture ends', () => {
  const rotation = new Rotation('f%s', { seconds: 1, count: 2 }, { utcOffsetMinutes: () => 0, startTimeNs });
  expect(step(rotation, 1)).toBe('next');
  expect(step(rotation, 2)).toBe('end');
});

test('-G -C -W: numbers within the time of a name, and no end', () => {
  const rules = { seconds: 60, sizeBytes: 10, count: 3 };
  const rotation = new Rotation('f%M-', rules, { utcOffsetMinutes: () => 0, startTimeNs });
  const names = [rotation.path];
  for (const [seconds, bytes] of [
    [1, 11],
    [61, 0],
    [62, 11],
    [63, 11],
    [64, 11],
    [200, 11],
  ] as const) {
    expect(step(rotation, seconds, bytes)).toBe('next');
    names.push(rotation.path);
  }
  expect(names).toEqual(['f01-0', 'f01-1', 'f02-0', 'f02-1', 'f02-2', 'f02-0', 'f04-0']);
});

test('a file that begins with many secrets takes packets, too', () => {
  const rotation = new Rotation('f', { sizeBytes: 10 }, { utcOffsetMinutes: () => 0, startTimeNs });
  expect(rotation.step(startTimeNs, { lengthBytes: 1000, headBytes: 995 })).toBe('stay');
  expect(rotation.step(startTimeNs, { lengthBytes: 1006, headBytes: 1000 })).toBe('next');
});

const ends = { source: ['10.0.0.1', 40_000], destination: ['10.0.0.2', 443] } as const;
const back = { source: ends.destination, destination: ends.source } as const;
const randomOf = (number: number): string => number.toString(16).padStart(64, '0');

test('every file stands for itself: section, interfaces, secrets of the connections that go on', async (context) => {
  await using scenario = new PcapngScenario({ rotation: { sizeBytes: 4000 }, name: 'f' });
  const { sink } = scenario;
  for (const id of [0, 1]) sink.handle(interfaceEvent({ id, name: `eth${id}` }));
  const port = (number: number) => ({ ...ends, source: ['10.0.0.1', 40_000 + number] as const });
  for (const number of [1, 2]) {
    sink.handle(
      packetEvent(buildEthernet(buildTcp({ ...port(number), payload: buildClientHello(randomOf(number)) }))),
    );
    sink.handle(secretEvent('CLIENT_RANDOM', randomOf(number)));
  }
  // The first connection ends, the second goes on.
  sink.handle(packetEvent(buildEthernet(buildTcp({ ...port(1), flags: 0x11 }))));
  sink.handle(
    packetEvent(
      buildEthernet(buildTcp({ source: ends.destination, destination: port(1).source, flags: 0x11 })),
    ),
  );
  for (let i = 0; i < 20; i += 1) {
    const packet = buildEthernet(buildTcp({ ...back, payload: Buffer.alloc(400) }));
    sink.handle(packetEvent(packet, { interfaceId: i % 2, timeNs: i }));
  }
  sink.handle({ type: 'end', timeNs: 100, counters: noCounters });
  expect(scenario.files()).toEqual(['f', 'f1', 'f2', 'f3']);
  expect(sink.totals.files).toBe(4);
  const files = scenario.files().map((name) => scenario.read(name));
  expect(files.map((file) => parsePackets(file).length).reduce((sum, count) => sum + count)).toBe(24);
  for (const file of files) {
    const types = parsePcapng(file).map((block) => block.type);
    expect(types.slice(0, 3)).toEqual([0x0a0d0d0a, 1, 1]);
    expect(types.slice(-2)).toEqual([5, 5]);
  }
  expect(files.map((file) => parseSecrets(file).map((line) => line.split(' ')[1]))).toEqual([
    [randomOf(1), randomOf(2)],
    [randomOf(2)],
    [randomOf(2)],
    [randomOf(2)],
  ]);
  for (const name of scenario.files()) {
    await readWith(context, 'tcpdump', ['-nn', '-r', `${scenario.folder}/${name}`]);
    await readWith(context, 'capinfos', [`${scenario.folder}/${name}`]);
  }
});

test('packets that wait are sorted into files when they are written, and their secrets with them', async () => {
  await using scenario = new PcapngScenario({ rotation: { sizeBytes: 3000 }, name: 'f' });
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  sink.handle(packetEvent(buildEthernet(buildTcp({ ...ends, payload: buildClientHello(randomOf(1)) }))));
  for (let i = 0; i < 20; i += 1) {
    sink.handle(packetEvent(buildEthernet(buildTcp({ ...back, payload: Buffer.alloc(400) })), { timeNs: i }));
  }
  // Both ends were seen, but not written.
  sink.handle(packetEvent(buildEthernet(buildTcp({ ...ends, flags: 0x11 })), { timeNs: 30 }));
  sink.handle(packetEvent(buildEthernet(buildTcp({ ...back, flags: 0x11 })), { timeNs: 31 }));
  expect(scenario.files()).toEqual(['f']);
  sink.handle(secretEvent('CLIENT_RANDOM', randomOf(1), 500e6));
  sink.end();
  expect(scenario.files().length).toBeGreaterThan(3);
  for (const name of scenario.files()) expect(parseSecrets(scenario.read(name))).toHaveLength(1);
});

test('by time: the packet that comes first after it begins the next file; the last one ends the capture', async () => {
  await using scenario = new PcapngScenario({ rotation: { seconds: 10, count: 2 }, name: 'f-%s' });
  scenario.sink.handle(interfaceEvent());
  for (const seconds of [1, 9, 10, 15, 20, 21]) {
    scenario.sink.handle(packetEvent(Buffer.alloc(60), { timeNs: seconds * 1e9 }));
  }
  scenario.sink.end();
  expect(scenario.files()).toEqual(['f-1790000000', 'f-1790000010']);
  expect(scenario.files().map((name) => parsePackets(scenario.read(name)).length)).toEqual([2, 2]);
  expect(scenario.said).toEqual(['finished']);
  expect(scenario.sink.totals).toMatchObject({ packets: 4, droppedPackets: 0 });
});

function step(rotation: Rotation, seconds: number, lengthBytes: number = 0): RotationStep {
  return rotation.step(startTimeNs + seconds * 1e9, { lengthBytes, headBytes: 0 });
}
