import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Direction } from '../../../src/event/event.ts';
import { FrameResync } from '../../../src/protocol/http2/frame-resync.ts';
import { data, endHeaders, endStream, frame, get, headers, preface, settings, uint32 } from './frames.ts';
import { type Input, ObservedConnection, observeScript, type Seen } from './observe-script.ts';
import { Random } from './random.ts';

describe('any bytes', () => {
  test('mutated connections: no throw, every exchange ends, and the split does not matter', () => {
    let exchanges = 0;
    let unrecognised = 0;
    for (let seed = 1; seed <= 2500; seed++) {
      const random = new Random(seed);
      const inputs = mutate(makeConnection(random), random);
      const options = {
        joinedLate: random.below(3) === 0,
        role: ([null, 'client', 'server'] as const)[random.below(3)]!,
      };
      const whole = observeScript(inputs, options);
      const parts = observeScript(split(inputs, random), options);
      expect(asText(parts), `seed ${seed}`).toBe(asText(whole));
      exchanges += whole.exchanges.length;
      unrecognised += whole.unrecognised.read.length;
    }
    expect(exchanges).toBeGreaterThan(2500);
    expect(unrecognised).toBeGreaterThan(2500);
  });

  test('random bytes are passed on, all of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom<Direction>('read', 'write'), fc.uint8Array({ maxLength: 80 }))),
        fc.boolean(),
        (pieces, joinedLate) => {
          const inputs = pieces.map(([direction, bytes]): Input => ({ direction, bytes }));
          const { exchanges, unrecognised, controls } = observeScript(inputs, { joinedLate });
          if (exchanges.length > 0 || controls.length > 0) return;
          for (const direction of ['read', 'write'] as const) {
            const sent = Buffer.concat(
              pieces.flatMap(([from, bytes]) => (from === direction ? [bytes] : [])),
            );
            // Only a lone beginning of a frame that is cut short may be left out.
            expect(sent.subarray(0, unrecognised[direction].length).equals(unrecognised[direction])).toBe(
              true,
            );
            expect(sent.length - unrecognised[direction].length).toBeLessThanOrEqual(80);
          }
        },
      ),
      { numRuns: 4000 },
    );
  });

  test('not HTTP/2 at all: everything is passed on, at once', () => {
    const random = new Random(5);
    const observed = new ObservedConnection();
    const sent: Buffer[] = [];
    for (let at = 0; at < 300; at++) {
      const line = Buffer.from(`220 line ${at} ${random.text(random.below(60))}\r\n`);
      sent.push(line);
      observed.feed({ direction: 'read', bytes: line });
    }
    const before = observed.events.filter((type) => type === 'data').length;
    expect(before).toBeGreaterThanOrEqual(299);
    expect(observed.end().unrecognised.read.equals(Buffer.concat(sent))).toBe(true);
  });

  test('after the preface, garbage; then frames again', () => {
    const garbage = Buffer.from('this is no frame, and neither is that; '.repeat(500));
    const { exchanges, unrecognised } = observeScript([
      {
        direction: 'read',
        bytes: Buffer.concat([preface, settings(), garbage, headers(1, get('/'), endStream)]),
      },
    ]);
    expect(unrecognised.read.equals(garbage)).toBe(true);
    expect(exchanges[0]?.request?.url).toBe('https://shop.local/');
  });
});

describe('bounds', () => {
  test.each([
    ['zeros', () => Buffer.alloc(4096)],
    ['DATA frames of 512 KiB that never come', () => frameHeaders(512 << 10, 0, 1)],
    ['HEADERS frames of 16 KiB within each other', () => frameHeaders(16_384, 1, 4)],
    ['numbers of 32 bits', () => Buffer.concat(Array.from({ length: 500 }, (_, at) => uint32(at)))],
    ['random bytes', (random: Random) => random.bytes(4096)],
  ])('a search through %s holds little, and is quick', (_, make) => {
    const random = new Random(9);
    const resync = new FrameResync(() => true);
    resync.maxDataBytes = 512 << 10;
    let most = 0;
    const start = process.cpuUsage();
    for (let sent = 0; sent < 3 << 19;) {
      const bytes = make(random);
      sent += bytes.length;
      resync.push(bytes);
      most = Math.max(most, resync.heldBytes);
    }
    const { user, system } = process.cpuUsage(start);
    expect(most).toBeLessThan(1.2 * 2 ** 20);
    // Generous: the machine may be busy. Quadratic behaviour takes minutes.
    expect((user + system) / 1e6).toBeLessThan(10);
  });

  test('streams that are opened and never ended', () => {
    const observed = new ObservedConnection();
    observed.feed({ direction: 'read', bytes: Buffer.concat([preface, settings()]) });
    const head = headers(0, get('/'));
    for (let id = 1; id < 50_000; id += 2) {
      head.writeUInt32BE(id, 5);
      observed.feed({ direction: 'read', bytes: head });
      // One that is in use stays.
      if (id % 1000 === 1) observed.feed({ direction: 'read', bytes: data(1, 'x') });
    }
    const opened = observed.events.filter((type) => type === 'request').length;
    const ended = observed.exchanges.length;
    expect(opened).toBe(25_000);
    expect(opened - ended).toBeLessThanOrEqual(10_000);
    expect(opened - ended).toBeGreaterThan(8000);
    expect(observed.exchanges[0]?.request?.cut).toBe('too many open streams');
    expect(observed.end().exchanges.find(({ stream }) => stream === 1)?.request?.cut).toBe(
      'connection ended',
    );
  });

  test('many small CONTINUATION frames, and a preface in single bytes', () => {
    const observed = new ObservedConnection();
    const inputs = Buffer.concat([
      preface,
      settings(),
      frame({ type: 1, stream: 1, payload: Buffer.of(0x82) }),
    ]);
    for (const byte of inputs) observed.feed({ direction: 'read', bytes: Buffer.of(byte) });
    const empty = frame({ type: 9, stream: 1 });
    for (let at = 0; at < 50_000; at++) observed.feed({ direction: 'read', bytes: empty });
    observed.feed({ direction: 'read', bytes: frame({ type: 9, flags: endHeaders, stream: 1 }) });
    expect(observed.end().exchanges[0]?.request?.method).toBe('GET');
  });
});

/** Everything but the cutting of bodies and of what was not recognised. */
function asText({ exchanges, controls, unrecognised }: Seen): string {
  return JSON.stringify({
    exchanges,
    controls,
    read: unrecognised.read.toString('latin1'),
    write: unrecognised.write.toString('latin1'),
  });
}

/** Headers of frames whose payload is the next such header. */
function frameHeaders(lengthBytes: number, type: number, flags: number): Buffer {
  const header = frame({ type, flags, stream: 1, payload: Buffer.of(0x82) });
  header.writeUIntBE(lengthBytes, 0, 3);
  return Buffer.concat(Array.from({ length: 400 }, () => header));
}

/** A small connection with frames of every kind, in pieces that need not be frames. */
function makeConnection(random: Random): Input[] {
  const inputs: Input[] = [
    { direction: 'read', bytes: Buffer.concat([preface, settings([[1, 4096]])]) },
    { direction: 'write', bytes: settings([[5, 1 << 20]]) },
  ];
  for (let id = 1; id < 2 + random.below(12); id += 2) {
    inputs.push({ direction: 'read', bytes: headers(id, [...get(`/${id}`), ['a', random.text(5)]]) });
    for (let at = random.below(4); at > 0; at--)
      inputs.push({ direction: 'read', bytes: makeFrame(random, id) });
    inputs.push({ direction: 'write', bytes: headers(id, [[':status', '200']]) });
    for (let at = random.below(4); at > 0; at--)
      inputs.push({ direction: 'write', bytes: makeFrame(random, id) });
    inputs.push({ direction: random.below(2) === 0 ? 'read' : 'write', bytes: data(id, '', endStream) });
  }
  return inputs;
}

function makeFrame(random: Random, id: number): Buffer {
  const stream = random.below(4) === 0 ? 0 : id;
  const type = random.below(random.below(3) === 0 ? 256 : 11);
  if (type === 0 || random.below(2) === 0) return data(id, random.bytes(random.below(200)));
  const payload = [4, 5, 8, random.below(40)].map((length) => random.bytes(length))[random.below(4)]!;
  return frame({ type, flags: random.below(2) === 0 ? 0 : 1 << random.below(8), stream, payload });
}

function mutate(inputs: readonly Input[], random: Random): Input[] {
  return inputs.flatMap((input): Input[] => {
    if (!('bytes' in input) || random.below(6) > 0) return [input];
    const { direction } = input;
    const bytes = Buffer.from(input.bytes);
    const at = random.below(bytes.length);
    const changes: readonly (() => Input[])[] = [
      () => [],
      () => [input, input],
      () => [{ direction, bytes: bytes.subarray(0, at) }],
      () => [{ direction, bytes: bytes.subarray(at) }],
      () => [{ direction, bytes: random.bytes(1 + random.below(300)) }, input],
      () => [{ direction, lostBytes: random.below(3) === 0 ? null : bytes.length }],
      () => [
        { direction, bytes: bytes.subarray(0, at) },
        { direction, lostBytes: random.below(20) },
        { direction, bytes: bytes.subarray(at) },
      ],
      () => {
        for (let flips = 1 + random.below(3); flips > 0; flips--)
          bytes[random.below(bytes.length)] = random.below(256);
        return [{ direction, bytes }];
      },
    ];
    return changes[random.below(changes.length)]!();
  });
}

function split(inputs: readonly Input[], random: Random): Input[] {
  const longest = [1, 4, 40, 4000][random.below(4)]!;
  return inputs.flatMap((input) => {
    if (!('bytes' in input)) return [input];
    const pieces: Input[] = [];
    for (let at = 0; at < input.bytes.length;) {
      const length = 1 + random.below(longest);
      pieces.push({ direction: input.direction, bytes: input.bytes.subarray(at, at + length) });
      at += length;
    }
    return pieces;
  });
}
