import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePacket, PacketOwners } from '../../src/event/decode-packet.ts';
import type { PacketEvent } from '../../src/event/event.ts';
import { eventHeader, packetEvent } from '../../src/event/kernel-layout.ts';
import { packetRecord } from '../support/kernel-records.ts';

const caddy = { pid: 812, uid: 33, comm: 'caddy' };

function decode(record: Buffer, owners = new PacketOwners()): PacketEvent | undefined {
  return decodePacket(record, 0, record.length, owners);
}

describe('a packet', () => {
  it('carries its bytes, its length on the wire, its interface and its owner', () => {
    const bytes = Buffer.from('00112233445566778899aabb0800', 'hex');
    const record = packetRecord({
      bytes,
      lengthBytes: 65_549,
      segmentBytes: 1200,
      direction: 'out',
      interfaceId: 4095,
      owner: caddy,
      timeNs: 2 ** 52 + 1,
      slackBytes: 100,
    });
    expect(decode(record)).toEqual({
      type: 'packet',
      timeNs: 2 ** 52 + 1,
      interfaceId: 4095,
      direction: 'out',
      lengthBytes: 65_549,
      segmentBytes: 1200,
      bytes,
      owner: caddy,
    });
  });

  it('of nobody known has no owner', () => {
    expect(decode(packetRecord({ bytes: Buffer.of(1), direction: 'in' }))).toMatchObject({
      direction: 'in',
      owner: null,
    });
  });

  it('is refused when it is cut, or its length lies', () => {
    const record = packetRecord({ bytes: Buffer.from('hello') });
    expect(decode(record.subarray(0, packetEvent.sizeBytes - 1))).toBeUndefined();
    record.writeUInt32LE(6, eventHeader.length);
    expect(decode(record)).toBeUndefined();
  });

  it('is decoded at any place, from any bytes, and never reads beyond its record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (content, at) => {
        const memory = Buffer.concat([Buffer.alloc(at), content, Buffer.alloc(64, 0xff)]);
        const event = decodePacket(memory, at, content.length, new PacketOwners());
        if (event === undefined) return;
        expect(event.bytes.byteOffset + event.bytes.length).toBeLessThanOrEqual(
          memory.byteOffset + at + content.length,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('owners', () => {
  it('are one object per process', () => {
    const owners = new PacketOwners();
    const first = decode(packetRecord({ bytes: Buffer.of(1), owner: caddy }), owners);
    decode(packetRecord({ bytes: Buffer.of(1), owner: { ...caddy, pid: 813 } }), owners);
    const again = decode(packetRecord({ bytes: Buffer.of(2), owner: caddy }), owners);
    expect(first?.owner).toEqual(caddy);
    expect(again?.owner).toBe(first?.owner);
  });

  it('are another object when the process has another name or user', () => {
    const owners = new PacketOwners();
    const told = ['caddy', 'cadd', 'caddyx', 'exactly15bytes!', 'naïve', 'caddy'].map(
      (comm) => decode(packetRecord({ bytes: Buffer.of(1), owner: { ...caddy, comm } }), owners)?.owner,
    );
    expect(told.map((owner) => owner?.comm)).toEqual([
      'caddy',
      'cadd',
      'caddyx',
      'exactly15bytes!',
      'naïve',
      'caddy',
    ]);
    const other = decode(packetRecord({ bytes: Buffer.of(1), owner: { ...caddy, uid: 0 } }), owners);
    expect(other?.owner).toEqual({ ...caddy, uid: 0 });
  });

  it('of names beyond ASCII are kept too', () => {
    const owners = new PacketOwners();
    const record = packetRecord({ bytes: Buffer.of(1), owner: { ...caddy, comm: 'naïve' } });
    expect(decode(record, owners)?.owner).toBe(decode(record, owners)?.owner);
  });

  it('are forgotten when there are very many, and told all the same', () => {
    const owners = new PacketOwners();
    for (let pid = 1; pid < 10_000; pid++) {
      const record = packetRecord({ bytes: Buffer.of(1), owner: { ...caddy, pid } });
      expect(decode(record, owners)?.owner?.pid).toBe(pid);
    }
  });
});
