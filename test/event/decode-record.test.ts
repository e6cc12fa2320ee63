import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketOwners } from '../../src/event/decode-packet.ts';
import { decodeRecord } from '../../src/event/decode-record.ts';
import { eventFlag, eventHeader, identity, openEvent, role } from '../../src/event/kernel-layout.ts';
import { closeRecord, dataRecord, openRecord, secretRecord } from '../support/kernel-records.ts';

const files = [{ family: 'gotls', path: '/usr/bin/caddy' }];
const decode = (record: Buffer) => decodeRecord(record, 0, record.length, files, new PacketOwners());

describe('data', () => {
  it('carries its payload and nothing of the reservation behind it', () => {
    const bytes = Buffer.from('hello');
    const record = dataRecord({
      bytes,
      direction: 'write',
      offset: 4096,
      gapReason: 'ringFull',
      slackBytes: 123,
    });
    expect(decode(record)).toEqual({
      type: 'data',
      timeNs: 1_000_000,
      pid: 812,
      tid: 813,
      pointer: 0xc000_0012_3400,
      generation: 999_999,
      direction: 'write',
      offset: 4096,
      bytes,
      gapReason: 'ring-full',
    });
  });

  it('has no offset without a ledger entry', () => {
    const record = dataRecord({ bytes: Buffer.from('x'), flags: eventFlag.noLedger });
    expect(decode(record)).toMatchObject({ offset: null });
  });

  it('is refused when its length lies', () => {
    const record = dataRecord({ bytes: Buffer.from('hello') });
    record.writeUInt32LE(6, eventHeader.length);
    expect(decode(record)).toBeUndefined();
  });

  it('reads words exactly up to 2^53', () => {
    const record = dataRecord({
      bytes: Buffer.alloc(0),
      offset: Number.MAX_SAFE_INTEGER,
      timeNs: 2 ** 52 + 1,
    });
    expect(decode(record)).toMatchObject({ offset: Number.MAX_SAFE_INTEGER, timeNs: 2 ** 52 + 1 });
  });
});

describe('open', () => {
  it('tells family, file, process, role and both ends', () => {
    expect(decode(openRecord({ role: role.server }))).toMatchObject({
      type: 'open',
      family: 'gotls',
      exe: '/usr/bin/caddy',
      comm: 'caddy',
      role: 'server',
      fd: 7,
      local: { address: '10.0.0.1', port: 8443 },
      remote: { address: '10.0.0.7', port: 51876 },
      joinedLate: false,
      identityNote: '',
    });
  });

  it('shows an IPv4-mapped peer as IPv4', () => {
    const record = openRecord({});
    record.writeUInt16LE(10, openEvent.socketFamily);
    record.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 0, 9], openEvent.remoteAddress);
    expect(decode(record)).toMatchObject({ remote: { address: '192.168.0.9', port: 51876 } });
  });

  it.each([
    ['/run/app.sock\0', 14, '/run/app.sock'],
    ['\0abstract', 9, '@abstract'],
    ['', 0, ''],
  ])('names Unix socket %j', (path, length, shown) => {
    const record = openRecord({});
    record.writeUInt16LE(1, openEvent.socketFamily);
    record.write(path, openEvent.localPath, 'latin1');
    record.writeUInt16LE(length, openEvent.localPathLength);
    expect(decode(record)).toMatchObject({ local: { path: shown }, remote: { path: '' } });
  });

  it('has no addresses, but a reason, when the socket is not known', () => {
    const record = openRecord({});
    record[openEvent.identity] = identity.wrapped;
    record.writeInt32LE(-1, openEvent.fd);
    expect(decode(record)).toMatchObject({ fd: null, local: null, remote: null });
    expect(decode(record)).toHaveProperty('identityNote', expect.stringContaining('net.Conn'));
  });

  it('takes a comm that fills its field', () => {
    expect(decode(openRecord({ comm: 'sixteen-bytes-xx' }))).toMatchObject({ comm: 'sixteen-bytes-xx' });
  });
});

describe('secret', () => {
  const secret = Buffer.alloc(48, 0x5e);

  it('tells label, client random and secret', () => {
    expect(decode(secretRecord({ label: 'CLIENT_RANDOM', secret }))).toEqual({
      type: 'secret',
      timeNs: 1_000_000,
      pid: 812,
      tid: 813,
      pointer: 0xc000_0012_3400,
      generation: 999_999,
      family: 'gotls',
      label: 'CLIENT_RANDOM',
      clientRandom: '0c'.repeat(32),
      secret: '5e'.repeat(48),
    });
  });

  it.each([
    ['a label that is longer than its field', { labelLength: 49 }],
    ['no label', { labelLength: 0 }],
    ['a secret that is longer than its field', { secretLength: 65 }],
    ['no secret', { secretLength: 0 }],
    ['a label with a line end in it', { label: 'CLIENT_RANDOM\nX' }],
    ['a label that is none', { label: 'client random' }],
  ])('is refused with %s', (_, fields) => {
    expect(decode(secretRecord({ label: 'CLIENT_RANDOM', secret, ...fields }))).toBeUndefined();
  });

  it('is refused when it is cut', () => {
    const record = secretRecord({ label: 'CLIENT_RANDOM', secret });
    expect(decode(record.subarray(0, -1))).toBeUndefined();
  });

  it('is one line of a key log, or nothing, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 48 }), fc.uint8Array({ maxLength: 64 }), (label, bytes) => {
        const event = decode(secretRecord({ label, secret: bytes }));
        if (event?.type !== 'secret') return;
        expect(`${event.label} ${event.clientRandom} ${event.secret}`).toMatch(
          /^\w+ [\da-f]{64} [\da-f]{2,128}$/,
        );
      }),
      { numRuns: 10_000 },
    );
  });
});

it('decodes a close', () => {
  expect(decode(closeRecord({ pid: 5, readBytes: 77 }))).toMatchObject({
    type: 'close',
    pid: 5,
    readBytes: 77,
    writtenBytes: 0,
    readGapReason: null,
  });
});

it('bears any bytes', () => {
  const record = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    // Most of random bytes have an unknown type: these get past it.
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.uint8Array({ minLength: 47, maxLength: 500 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest)),
  );
  fc.assert(
    fc.property(record, (bytes) => {
      const event = decode(Buffer.from(bytes));
      if (event?.type === 'data') expect(event.bytes.length).toBeLessThanOrEqual(bytes.length - 48);
    }),
    { numRuns: 10_000 },
  );
});
