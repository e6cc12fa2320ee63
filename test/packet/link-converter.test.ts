import { expect, test } from 'vitest';
import type { InterfaceEvent, PacketDirection } from '../../src/event/event.ts';
import { type FileLinkType, LinkConverter } from '../../src/packet/link-converter.ts';
import { interfaceEvent } from '../sink/pcapng/pcapng-scenario.ts';
import { buildEthernet, buildTcp } from './build-packet.ts';

const tcp = buildTcp({ source: ['10.0.0.1', 1], destination: ['10.0.0.2', 2] });
const tcp6 = buildTcp({ source: ['fd00:0:0:0:0:0:0:1', 1], destination: ['fd00:0:0:0:0:0:0:2', 2] });
const frame = buildEthernet(tcp);
const mac = '0242ac110003';

test('Ethernet as the kernel cooks it: protocol, interface, ARPHRD, packet type, address of the sender', () => {
  expect(cooked(frame, {}, 'in')).toBe(`080000000000000200010006${mac}0000`);
  expect(cooked(frame, {}, 'out')).toBe(`080000000000000200010406${mac}0000`);
  expect(cooked(buildEthernet(tcp6), { index: 70_000 }, 'in')).toBe(`86dd00000001117000010006${mac}0000`);
  expect(cooked(buildEthernet(tcp, [5]), {}, 'in')).toBe(`810000000000000200010006${mac}0000`);
});

test('whom a frame was for: all, several, another host, us', () => {
  const own = { hardwareAddress: '02:42:ac:11:00:09' };
  const typeOf = (bytes: Buffer): string => cooked(bytes, own, 'in').slice(20, 22);
  expect(typeOf(to('ffffffffffff'))).toBe('01');
  expect(typeOf(to('01005e000001'))).toBe('02');
  expect(typeOf(to('0242ac110002'))).toBe('03');
  expect(typeOf(to('0242ac110009'))).toBe('00');
});

test('loopback is cooked as what arrives there, tunnels have no address', () => {
  const lo = Buffer.concat([Buffer.alloc(12), frame.subarray(12)]);
  expect(cooked(lo, { name: 'lo', index: 1 }, 'out')).toBe('0800000000000001030400060000000000000000');
  expect(cooked(tcp, { name: 'tun0', linkType: 'raw' }, 'out')).toBe(
    `0800000000000002fffe0400${'0'.repeat(16)}`,
  );
  expect(cooked(tcp6, { name: 'tun0', linkType: 'raw', hardwareType: 519 }, 'in').slice(0, 4)).toBe('86dd');
});

test('frames with a length in place of a type', () => {
  const llc = Buffer.concat([frame.subarray(0, 12), Buffer.from('00264242030000', 'hex')]);
  const ipx = Buffer.concat([frame.subarray(0, 12), Buffer.from('0026ffff0022', 'hex')]);
  expect(cooked(llc, {}, 'in').slice(0, 4)).toBe('0004');
  expect(cooked(ipx, {}, 'in').slice(0, 4)).toBe('0001');
});

test('between Ethernet and raw IP: a header of zeros, or none', () => {
  expect(converted(tcp, { linkType: 'raw' }, 'ethernet')?.toString('hex')).toBe(
    `${'0'.repeat(24)}0800${tcp.toString('hex')}`,
  );
  expect(converted(frame, {}, 'raw')?.equals(tcp)).toBe(true);
  expect(converted(frame, {}, 'ethernet')?.equals(frame)).toBe(true);
  const arp = Buffer.concat([frame.subarray(0, 12), Buffer.from('0806', 'hex'), Buffer.alloc(28)]);
  expect(converted(arp, {}, 'raw')).toBeUndefined();
});

test('frames cut off in their header are no trouble', () => {
  for (let length = 0; length < 20; length += 1) {
    for (const to of ['cooked', 'ethernet', 'raw'] as const) {
      const bytes = converted(frame.subarray(0, length), {}, to);
      expect((bytes?.length ?? 0) <= length + 20).toBe(true);
    }
  }
});

function to(address: string): Buffer {
  return Buffer.concat([Buffer.from(address, 'hex'), frame.subarray(6)]);
}

function cooked(bytes: Buffer, from: Partial<InterfaceEvent>, direction: PacketDirection): string {
  const result = converted(bytes, from, 'cooked', direction);
  if (result === undefined) throw new Error('not converted');
  const skip = from.linkType === 'raw' ? 0 : 14;
  expect(result.subarray(20).equals(bytes.subarray(skip))).toBe(true);
  return result.toString('hex', 0, 20);
}

function converted(
  bytes: Buffer,
  from: Partial<InterfaceEvent>,
  to: FileLinkType,
  direction: PacketDirection = 'in',
): Buffer | undefined {
  const converter = new LinkConverter(interfaceEvent(from), to);
  if (!converter.convert(bytes, direction)) return undefined;
  return Buffer.concat([converter.prefix.subarray(0, converter.prefixBytes), bytes.subarray(converter.skip)]);
}
