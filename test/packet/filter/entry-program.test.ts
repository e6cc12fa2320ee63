import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { compileFilter } from '../../../src/bpf/compile-filter.ts';
import { close } from '../../../src/bpf/libc.ts';
import { KernelFilters } from '../../support/kernel-filter.ts';
import { needBpf } from '../../support/need-bpf.ts';

const noMatch = 0xffff_ffff;
let filters: KernelFilters | undefined;
const opened: number[] = [];

beforeEach((context) => {
  needBpf(context);
  filters ??= new KernelFilters();
});

afterAll(() => {
  for (const fd of opened) close(fd);
  filters?.[Symbol.dispose]();
});

const arp = Buffer.from('ffffffffffff0200000000010806' + '00'.repeat(46), 'hex');
const tcp = Buffer.from(
  '0200000000020200000000010800' +
    '4500002c000100004006000001020304050607080050c350000000010000000250180200000000003132333' +
    '4',
  'hex',
);

function load(expression: string | null, options: Parameters<KernelFilters['load']>[1] = {}): number {
  const filter =
    expression === null ? null : compileFilter(expression, { linkType: options.linkType ?? 'ethernet' });
  const loaded = kernel().load(filter, options);
  if (!('fd' in loaded)) throw new Error(loaded.reason);
  opened.push(loaded.fd);
  return loaded.fd;
}

function kernel(): KernelFilters {
  if (!filters) throw new Error('no filters');
  return filters;
}

describe('an entry program', () => {
  test('without an expression keeps every packet, up to the snap length', () => {
    const all = load(null, { snapLengthBytes: 96 });
    expect([kernel().decide(all, arp), kernel().decide(all, tcp)]).toEqual([96, 96]);
  });

  test('with one keeps what matches: the lesser of the snap length and what libpcap wants', () => {
    const limited = load('tcp src port 80', { snapLengthBytes: 200 });
    expect([kernel().decide(limited, arp), kernel().decide(limited, tcp)]).toEqual([noMatch, 200]);
    const unlimited = load('tcp src port 80', { snapLengthBytes: 1_000_000 });
    expect(kernel().decide(unlimited, tcp)).toBe(262_144);
  });

  test('tells the interface and the direction', () => {
    const program = load('tcp', { interfaceId: 70_001, direction: 'out' });
    const incoming = load('tcp', { interfaceId: 3, direction: 'in' });
    kernel().setCapture(1);
    const ids = [kernel().decide(program, tcp), kernel().decide(incoming, tcp)];
    kernel().setCapture(2);
    const directions = [kernel().decide(program, tcp), kernel().decide(incoming, tcp)];
    kernel().setCapture(0);
    expect(ids).toEqual([70_001, 3]);
    expect(directions).toEqual([1, 0]);
  });

  test('counts every packet, kept or not, where it was told to', () => {
    const program = load('arp', { counterIndex: 2 });
    const before = [kernel().countReceived(1), kernel().countReceived(2)];
    for (const packet of [arp, tcp, tcp]) kernel().decide(program, packet);
    expect([kernel().countReceived(1), kernel().countReceived(2)]).toEqual([before[0], (before[1] ?? 0) + 3]);
  });

  test('decides on the tag that the packet has beside its bytes as if it were among them', () => {
    const tag = Buffer.from('81000065', 'hex');
    const verdicts = ['vlan 101 and tcp', 'vlan 102', 'tcp', 'ether[12:4] = 0x81000065', 'len = 62'].map(
      (expression) => {
        kernel().selectCalled(load(expression));
        return kernel().decideTagged(tcp, tag) !== noMatch;
      },
    );
    expect(verdicts).toEqual([true, false, false, true, true]);
  });

  test('lets the packet pass when the program it calls is gone', () => {
    const lonely = new KernelFilters();
    const loaded = lonely.load(null);
    lonely[Symbol.dispose]();
    if (!('fd' in loaded)) throw new Error(loaded.reason);
    opened.push(loaded.fd);
    expect(kernel().decide(loaded.fd, tcp)).toBe(noMatch);
  });
});
