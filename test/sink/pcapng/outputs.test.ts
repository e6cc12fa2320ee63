import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStdout } from '../../../src/sink/output-descriptor.ts';
import { PcapngSink } from '../../../src/sink/pcapng/pcapng-sink.ts';
import { UserError } from '../../../src/util/user-error.ts';
import { Pipe } from '../../support/pipe.ts';
import { pseudoRandomBytes } from '../../support/pseudo-random.ts';
import { parsePackets, parsePcapng } from './parse-pcapng.ts';
import { interfaceEvent, packetEvent, PcapngScenario } from './pcapng-scenario.ts';
import { readWith } from './tshark.ts';

test('a reader behind a pipe has what was flushed at once, and no place for late secrets', async () => {
  using pipe = new Pipe();
  await using scenario = new PcapngScenario({ target: { descriptor: openStdout(pipe.writeFd) } });
  scenario.sink.handle(interfaceEvent());
  scenario.sink.handle(packetEvent(Buffer.from('one')));
  scenario.sink.flush();
  await sleep(20);
  expect(parsePcapng(pipe.read()).map((block) => block.type)).toEqual([0x0a0d0d0a, 1, 6]);
});

test('a reader that is too slow loses whole packets, which are counted; what it gets is well-formed', async () => {
  using pipe = new Pipe();
  await using scenario = new PcapngScenario({ target: { descriptor: openStdout(pipe.writeFd) } });
  const { sink } = scenario;
  sink.handle(interfaceEvent());
  const bytes = pseudoRandomBytes(60_000, 1);
  for (let i = 0; i < 1500; i += 1) sink.handle(packetEvent(bytes, { timeNs: i * 1e6 }));
  sink.handle(interfaceEvent({ id: 1, name: 'late0' }));
  expect(sink.totals.droppedPackets).toBeGreaterThan(100);
  const parts: Buffer[] = [];
  const reader = setInterval(() => parts.push(pipe.read(4 << 20)), 1);
  sink.end();
  const undelivered = await sink.close(20_000);
  clearInterval(reader);
  parts.push(pipe.read(100 << 20));
  expect(undelivered).toBe(0);
  const file = Buffer.concat(parts);
  expect(parsePackets(file)).toHaveLength(sink.totals.packets);
  expect(sink.totals.packets + sink.totals.droppedPackets).toBe(1500);
  const blocks = parsePcapng(file);
  expect(blocks.filter((block) => block.type === 1)).toHaveLength(2);
  const dropped = blocks.find((block) => block.type === 5)?.options.find(([code]) => code === 5)?.[1];
  expect(dropped?.readBigUInt64LE()).toBe(BigInt(sink.totals.droppedPackets));
});

test('a reader that goes away is no error', async () => {
  using pipe = new Pipe();
  await using scenario = new PcapngScenario({ target: { descriptor: openStdout(pipe.writeFd) } });
  pipe.closeReader();
  scenario.sink.handle(interfaceEvent());
  for (let i = 0; i < 3; i += 1) {
    scenario.sink.handle(packetEvent(Buffer.alloc(100)));
    scenario.sink.flush();
    await sleep(5);
  }
  expect(scenario.said).toEqual(['closed']);
});

test('a full disk is said once; the file ends with the last whole block', async (context) => {
  if (process.getuid?.() !== 0) context.skip('mounting a small file system needs root');
  await using scenario = new PcapngScenario();
  const disk = path.join(scenario.folder, 'disk');
  fs.mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  if (mounted.status !== 0) context.skip('a small file system cannot be mounted here');
  try {
    const file = path.join(disk, 'full.pcapng');
    const said: string[] = [];
    const sink = new PcapngSink({
      ...settings,
      target: { path: file, owner: null },
      onError: (error, name) => said.push(`${error.code} ${name}`),
    });
    sink.handle(interfaceEvent());
    for (let i = 0; i < 200; i += 1) {
      sink.handle(packetEvent(pseudoRandomBytes(9001, i), { timeNs: i * 20e6 }));
    }
    sink.end();
    expect(await sink.close(100)).toBeGreaterThan(0);
    expect(said).toEqual([`ENOSPC ${file}`]);
    const packets = parsePackets(fs.readFileSync(file));
    expect(packets.length).toBeGreaterThan(90);
    expect(packets.at(-1)?.data.equals(pseudoRandomBytes(9001, packets.length - 1))).toBe(true);
    expect(await readWith(context, 'tshark', ['-r', file])).toHaveLength(packets.length);
    expect(sink.totals.droppedPackets).toBeGreaterThan(50);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('a device that is full is said, too', async () => {
  const said: string[] = [];
  const sink = new PcapngSink({
    ...settings,
    target: { path: '/dev/full', owner: null },
    onError: (error, name) => said.push(`${error.code} ${name}`),
  });
  sink.handle(interfaceEvent());
  sink.handle(packetEvent(Buffer.alloc(100)));
  sink.flush();
  await sleep(20);
  await sink.close(100);
  expect(said).toEqual(['ENOSPC /dev/full']);
});

test('files are for their owner only, and a file that cannot be made is refused at the start', async () => {
  await using scenario = new PcapngScenario();
  expect(fs.statSync(scenario.path).mode & 0o777).toBe(0o600);
  const create = (): PcapngSink =>
    new PcapngSink({ ...settings, target: { path: `${scenario.folder}/no/file`, owner: null } });
  expect(create).toThrow(UserError);
});

test('a second file that cannot be made is said; the first one is whole', async () => {
  await using scenario = new PcapngScenario({ rotation: { sizeBytes: 1000 }, name: 'f' });
  fs.mkdirSync(path.join(scenario.folder, 'f1'));
  scenario.sink.handle(interfaceEvent());
  for (let i = 0; i < 10; i += 1) scenario.sink.handle(packetEvent(Buffer.alloc(500), { timeNs: i }));
  expect(scenario.said).toEqual([`EISDIR ${scenario.folder}/f1`]);
  scenario.sink.end();
  const written = parsePackets(scenario.read('f')).length;
  expect(scenario.sink.totals).toMatchObject({ packets: written, droppedPackets: 10 - written });
});

test('stdout that is a file is only appended to', async () => {
  await using scenario = new PcapngScenario();
  const file = path.join(scenario.folder, 'redirected');
  fs.writeFileSync(file, 'before');
  const fd = fs.openSync(file, 'a');
  const sink = new PcapngSink({ ...settings, target: { descriptor: openStdout(fd) } });
  sink.handle(interfaceEvent());
  sink.handle(packetEvent(Buffer.alloc(100)));
  sink.end();
  await sink.close(100);
  fs.closeSync(fd);
  const bytes = fs.readFileSync(file);
  expect(bytes.toString('latin1', 0, 6)).toBe('before');
  expect(parsePackets(bytes.subarray(6))).toHaveLength(1);
});

const settings = {
  section: { application: 'tlstap 0.0.0', os: '', hardware: '' },
  clockOffsetNs: 0n,
  utcOffsetMinutes: () => 0,
  startTimeNs: 0,
  linkLayer: 'as-captured',
  wantsSecrets: true,
  onClosed: () => undefined,
  onError: () => undefined,
  onFinished: () => undefined,
} as const;
