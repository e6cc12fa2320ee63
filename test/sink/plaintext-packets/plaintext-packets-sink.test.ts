import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import type { Direction } from '../../../src/event/event.ts';
import { PlaintextPacketsSink } from '../../../src/sink/plaintext-packets/plaintext-packets-sink.ts';
import type { Connection, StreamEvent } from '../../../src/stream/stream-event.ts';
import { PacketLayers } from '../../../src/packet/packet-layers.ts';
import { finishChecksum, sumWords, tcpChecksum } from '../../../src/packet/internet-checksum.ts';
import { pseudoRandomBytes } from '../../support/pseudo-random.ts';
import { parsePackets, parsePcapng } from '../pcapng/parse-pcapng.ts';
import { readWith } from '../pcapng/tshark.ts';

// Readers of capture files take a second to start, and many times that on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-plaintext-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
let files = 0;

const v4 = { local: { address: '10.0.0.1', port: 443 }, remote: { address: '10.0.0.9', port: 40_000 } };
const v6 = {
  local: { address: 'fd00::1', port: 50_000 },
  remote: { address: 'fd00::2', port: 443 },
  role: 'client',
} as const;
const request = (url: string): Buffer => Buffer.from(`GET ${url} HTTP/1.1\r\nHost: shop.example\r\n\r\n`);
const response = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]);

test('tshark reads the requests and follows each stream to its last byte', async (context) => {
  const big = pseudoRandomBytes(100_000, 1);
  const file = write([
    open(connection(1, v4)),
    open(connection(2, v6)),
    data(connection(1, v4), 'read', request('/one')),
    data(connection(2, v6), 'write', request('/two')),
    data(connection(1, v4), 'write', response(big)),
    data(connection(2, v6), 'read', response(Buffer.from('hello'))),
    close(connection(1, v4)),
    close(connection(2, v6)),
  ]);
  const fields = ['-T', 'fields', '-e', 'ip.src', '-e', 'ipv6.src', '-e', 'http.request.uri'];
  const http = ['-r', file, '-d', 'tcp.port==443,http'];
  expect(await readWith(context, 'tshark', [...http, '-Y', 'http.request', ...fields])).toEqual([
    '10.0.0.9\t\t/one',
    '\tfd00::1\t/two',
  ]);
  expect(
    await readWith(context, 'tshark', [
      ...http,
      '-Y',
      'http.response',
      '-T',
      'fields',
      '-e',
      'http.content_length',
    ]),
  ).toEqual(['100000', '5']);
  expect(await follow(context, file, 0)).toEqual({ client: request('/one'), server: response(big) });
  expect(await follow(context, file, 1)).toEqual({
    client: request('/two'),
    server: response(Buffer.from('hello')),
  });
  // Nothing that a reader would wonder about: lost, out of order, wrong checksums, windows exceeded.
  const strict = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  const odd = 'tcp.analysis.flags or tcp.checksum.status==0 or ip.checksum.status==0 or _ws.malformed';
  expect(await readWith(context, 'tshark', [...http, ...strict, '-Y', odd])).toEqual([]);
  await readWith(context, 'tcpdump', ['-nn', '-v', '-r', file]);
  await readWith(context, 'capinfos', [file]);
});

test('every packet says that it is decrypted text, of which connection and whose', () => {
  const file = write([data(connection(7, v4), 'read', Buffer.from('x')), close(connection(7, v4))]);
  for (const { comments } of parsePackets(fs.readFileSync(file))) {
    expect(comments).toEqual([
      'tlstap: decrypted text of connection 7, never sent like this: pid=812 comm=caddy gotls',
    ]);
  }
  const about = parsePcapng(fs.readFileSync(file))[1]?.options.find(([code]) => code === 3)?.[1];
  expect(about?.toString()).toContain('decrypted text');
});

test('packets are seen from the process: its own go out', () => {
  const file = write([
    data(connection(1, v4), 'read', Buffer.from('in')),
    data(connection(1, v4), 'write', Buffer.from('out')),
  ]);
  const withText = parsePackets(fs.readFileSync(file)).filter(({ data }) => payloadOf(data).length > 0);
  expect(withText.map(({ data, flags }) => [payloadOf(data).toString(), flags])).toEqual([
    ['in', 1],
    ['out', 2],
  ]);
});

test('a gap of known length is a hole in the sequence numbers, and said', async (context) => {
  const one = connection(1, v4);
  const file = write([
    data(one, 'read', Buffer.from('before')),
    {
      type: 'gap',
      timeNs: 0,
      connection: one,
      direction: 'read',
      offset: 6,
      lengthBytes: 1000,
      reason: 'ring-full',
    },
    data(one, 'read', Buffer.from('after')),
    {
      type: 'gap',
      timeNs: 0,
      connection: one,
      direction: 'read',
      offset: 1011,
      lengthBytes: null,
      reason: 'table-full',
    },
    data(one, 'read', Buffer.from('later')),
    close(one),
  ]);
  const fields = ['-T', 'fields', '-e', 'tcp.seq', '-e', 'tcp.len'];
  const lines = await readWith(context, 'tshark', ['-r', file, '-Y', 'tcp.len > 0', ...fields]);
  expect(lines).toEqual(['1\t6', '1007\t5', '1012\t5']);
  const notes = parsePackets(fs.readFileSync(file)).flatMap(({ comments }) => comments.slice(1));
  expect(notes).toEqual([
    'tlstap: 1,000 bytes missing before this: ring full',
    'tlstap: an unknown number of bytes missing before this: table of connections full',
  ]);
});

test('a connection that was joined late begins like others, and says it', () => {
  const late = { ...connection(1, v4), joinedLate: true };
  const file = write([
    open(late),
    {
      type: 'gap',
      timeNs: 0,
      connection: late,
      direction: 'read',
      offset: 0,
      lengthBytes: null,
      reason: 'joined-late',
    },
    data(late, 'write', Buffer.from('x')),
  ]);
  const [syn] = parsePackets(fs.readFileSync(file));
  expect(syn?.comments[1]).toContain('older than the capture');
});

test('Unix sockets and unknown ends have addresses of 127.84, told in the comment', () => {
  const unix = connection(70_001, { local: { path: '/run/app.sock' }, remote: { path: '' }, role: 'server' });
  const unknown = connection(5, { local: null, remote: null, role: null });
  const file = write([data(unix, 'read', Buffer.from('x')), data(unknown, 'write', Buffer.from('y'))]);
  const packets = parsePackets(fs.readFileSync(file));
  const ends = packets.map(
    ({ data }) =>
      `${data.subarray(26, 30).join('.')}:${data.readUInt16BE(34)} ${data.subarray(30, 34).join('.')}:${data.readUInt16BE(36)}`,
  );
  expect(ends[0]).toBe('127.84.1.2:14001 127.84.1.1:443');
  expect(ends[5]).toBe('127.84.0.1:4005 127.84.0.2:443');
  expect(packets[0]?.comments[0]).toContain('addresses made up for unix:/run/app.sock and unix:');
});

test('both ends captured: the text is there once; TLS inside TLS: both are', () => {
  const server = connection(1, v4);
  const client = connection(2, { local: v4.remote, remote: v4.local, role: 'client' });
  const inner = connection(3, v4);
  expect(
    texts([said(server, 'a'), said(client, 'b'), said(inner, 'c'), close(server), said(client, 'd')]),
  ).toEqual(['a', 'c']);
  // The same numbers again, later.
  expect(texts([said(server, 'a'), close(server), said(connection(9, v4), 'b')])).toEqual(['a', 'b']);
});

test('any streams: sums and lengths are right, and the segments are the streams', () => {
  const chunk = fc.record({
    id: fc.integer({ min: 1, max: 4 }),
    direction: fc.constantFrom<Direction>('read', 'write'),
    lengthBytes: fc.oneof(fc.nat(3000), fc.nat(100_000)),
  });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
      const ends = [
        v4,
        v6,
        { local: { address: '10.1.1.1', port: 9 }, remote: { address: '::1', port: 7 } },
        { local: null },
      ];
      const expected = new Map<string, Buffer[]>();
      const events = chunks.map(({ id, direction, lengthBytes }, i) => {
        const bytes = pseudoRandomBytes(lengthBytes, i);
        const key = `${id} ${direction === 'write' ? 2 : 1}`;
        expected.set(key, [...(expected.get(key) ?? []), bytes]);
        return data(connection(id, ends[id - 1] ?? {}), direction, bytes);
      });
      const found = new Map<string, Buffer[]>();
      for (const { data: frame, flags, comments } of parsePackets(fs.readFileSync(write(events)))) {
        const layers = new PacketLayers();
        expect(layers.parse(frame, 'ethernet')).toBe(true);
        expect(layers.payloadEnd).toBe(frame.length);
        expect(tcpChecksum(frame, layers.ipOffset, layers.transportOffset)).toBe(0);
        if (layers.ipVersion === 4) expect(finishChecksum(sumWords(frame, 14, 34))).toBe(0);
        const key = `${/connection (\d+)/.exec(comments[0] ?? '')?.[1]} ${flags}`;
        found.set(key, [...(found.get(key) ?? []), payloadOf(frame)]);
      }
      for (const [key, bytes] of expected) {
        expect(Buffer.concat(found.get(key) ?? []).equals(Buffer.concat(bytes))).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
});

function said(who: Connection, text: string): StreamEvent {
  return data(who, 'write', Buffer.from(text));
}

function texts(events: readonly StreamEvent[]): readonly string[] {
  return parsePackets(fs.readFileSync(write(events)))
    .map(({ data }) => payloadOf(data).toString())
    .filter((text) => text !== '');
}

function write(events: readonly StreamEvent[]): string {
  const file = path.join(folder, `${(files += 1)}.pcapng`);
  const sink = new PlaintextPacketsSink({
    target: { path: file, owner: null },
    section: { application: 'tlstap 0.0.0', os: '', hardware: '' },
    clockOffsetNs: 1_790_000_000_000_000_000n,
    startTimeNs: 0,
    onClosed: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  for (const [i, event] of events.entries()) sink.stream({ ...event, timeNs: i * 1e6 });
  sink.end();
  return file;
}

async function follow(
  context: Parameters<typeof readWith>[0],
  file: string,
  stream: number,
): Promise<{ readonly client: Buffer; readonly server: Buffer }> {
  const lines = await readWith(context, 'tshark', ['-r', file, '-q', '-z', `follow,tcp,raw,${stream}`]);
  const hex = lines.filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const side = (isServer: boolean): Buffer =>
    Buffer.from(
      hex
        .filter((line) => line.startsWith('\t') === isServer)
        .map((line) => line.trim())
        .join(''),
      'hex',
    );
  return { client: side(false), server: side(true) };
}

function payloadOf(frame: Buffer): Buffer {
  const layers = new PacketLayers();
  layers.parse(frame, 'ethernet');
  return frame.subarray(layers.payloadOffset);
}

const known = new Map<string, Connection>();

function connection(id: number, changes: Partial<Connection>): Connection {
  const key = `${id} ${JSON.stringify(changes)}`;
  const made = known.get(key) ?? {
    id,
    family: 'gotls',
    pid: 812,
    tid: 812,
    comm: 'caddy',
    exe: '/usr/bin/caddy',
    role: 'server',
    fd: 7,
    local: null,
    remote: null,
    identityNote: '',
    joinedLate: false,
    openedTimeNs: 0,
    readBytes: 0,
    writtenBytes: 0,
    lostBytes: 0,
    gaps: 0,
    ...changes,
  };
  known.set(key, made);
  return made;
}

function open(connection: Connection): StreamEvent {
  return { type: 'open', timeNs: 0, connection };
}

function data(connection: Connection, direction: Direction, bytes: Uint8Array): StreamEvent {
  return { type: 'data', timeNs: 0, connection, direction, offset: 0, tid: 812, bytes };
}

function close(connection: Connection): StreamEvent {
  return { type: 'close', timeNs: 0, connection, cause: 'close' };
}
