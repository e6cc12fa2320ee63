import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseInterfaces } from '../../../src/packet/interfaces/choose-interfaces.ts';
import type { NetworkLink } from '../../../src/packet/interfaces/network-link.ts';
import { parseSocketTable } from '../../../src/packet/interfaces/parse-socket-table.ts';

const link = (index: number, name: string, more: Partial<NetworkLink> = {}): NetworkLink => ({
  index,
  name,
  hardwareType: 1,
  isUp: true,
  isLoopback: false,
  ...more,
});

const links = [
  link(1, 'lo', { hardwareType: 772, isLoopback: true }),
  link(2, 'eth0'),
  link(3, 'tun0', { hardwareType: 65_534 }),
  link(4, 'down0', { isUp: false }),
  link(5, 'veth1'),
  link(6, 'wlan0mon', { hardwareType: 803 }),
];
const addresses = [
  { interfaceIndex: 1, address: '7f000001' },
  { interfaceIndex: 1, address: `${'0'.repeat(31)}1` },
  { interfaceIndex: 2, address: '0a000001' },
  { interfaceIndex: 3, address: '0a080001' },
  { interfaceIndex: 4, address: '0a090001' },
  { interfaceIndex: 6, address: '0a0a0001' },
];

/** Addresses as /proc writes them, with the port. */
function table(...pairs: readonly (readonly [local: string, remote: string])[]): string {
  const rows = pairs.map(
    ([local, remote], index) =>
      `   ${index}: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  1000        0 ${7000 + index} 1`,
  );
  return ['  sl  local_address rem_address   st tx_queue rx_queue', ...rows, ''].join('\n');
}

function guess(...pairs: readonly (readonly [local: string, remote: string])[]): string {
  const { names, all } = chooseInterfaces(links, addresses, parseSocketTable(table(...pairs)));
  return `${names.join(',')}${all ? ' (all)' : ''}`;
}

describe('interfaces that carry', () => {
  it.each([
    ['nothing yet: all that have an address', [], 'lo,eth0,tun0 (all)'],
    ['a loopback connection', [['0100007F:1F90', '0100007F:C350']], 'lo'],
    ['a connection to the outside', [['0100000A:C350', '08080808:01BB']], 'eth0'],
    ['a connection through a tunnel', [['0100080A:C350', '0200080A:01BB']], 'tun0'],
    ['a connection to an own address', [['0100000A:C350', '0100080A:01BB']], 'lo'],
    [
      'IPv4 in IPv6',
      [['0000000000000000FFFF00000100000A:01BB', '0000000000000000FFFF000008080808:C350']],
      'eth0',
    ],
    ['a listener on one address', [['0100000A:01BB', '00000000:0000']], 'lo,eth0'],
    ['a listener on loopback', [['0100007F:01BB', '00000000:0000']], 'lo'],
    ['a listener on all addresses', [['00000000:01BB', '00000000:0000']], 'lo,eth0,tun0 (all)'],
    [
      'a listener on all IPv6 addresses',
      [[`${'0'.repeat(32)}:01BB`, `${'0'.repeat(32)}:0000`]],
      'lo,eth0,tun0 (all)',
    ],
    ["an address that is nobody's", [['01020304:01BB', '08080808:C350']], 'lo,eth0,tun0 (all)'],
  ] as const)('%s', (_, pairs, expected) => {
    expect(guess(...pairs)).toBe(expected);
  });
});

it('the inode of a socket is told', () => {
  expect(parseSocketTable(table(['0100007F:1F90', '0100007F:C350']))).toEqual([
    { inode: 7000, local: '7f000001', remote: '7f000001', isUnconnected: false },
  ]);
});

it('any text is borne', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
      parseSocketTable(`${text}\n${table(['0100007F:1F90', text])}`);
    }),
    { numRuns: 2000 },
  );
});
