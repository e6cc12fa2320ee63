import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClassicInstruction } from '../../../src/bpf/classic-instruction.ts';
import { compileFilter } from '../../../src/bpf/compile-filter.ts';
import { close } from '../../../src/bpf/libc.ts';
import { SystemError } from '../../../src/bpf/system-error.ts';
import { UserError } from '../../../src/util/user-error.ts';
import { KernelFilters } from '../../support/kernel-filter.ts';
import { LibpcapOracle } from '../../support/libpcap-oracle.ts';
import { needBpf } from '../../support/need-bpf.ts';
import { Random } from '../../support/random.ts';
import { combinations, primitives } from './expressions.ts';
import { randomFrame, randomRawPacket } from './synthetic-packets.ts';

const noMatch = 0xffff_ffff;
const expressions: readonly string[] = [...primitives, ...combinations(40, primitives)];
let opened: KernelFilters | undefined;

beforeEach(needBpf);

afterAll(() => opened?.[Symbol.dispose]());

describe('the kernel decides as pcap_offline_filter does', () => {
  test('300 expressions on 3,000 Ethernet frames', { timeout: 300_000 }, () => {
    const packets = packetsFor('ethernet', 3_000, 1);
    const tally = compareAll('ethernet', (filter, fd) => {
      const oracle = new LibpcapOracle(filter);
      return packets.map((packet) => [packet, oracle.decide(packet), kernel().decide(fd, packet)]);
    });
    expect(tally.expressions).toBeGreaterThanOrEqual(300);
    expect(tally.comparisons).toBe(tally.expressions * 3_000);
    expect(tally.matches / tally.comparisons).toBeGreaterThan(0.1);
  });

  test('150 expressions on 3,000 packets that begin at their IP header', { timeout: 300_000 }, () => {
    const packets = packetsFor('raw', 3_000, 2);
    const tally = compareAll('raw', (filter, fd) => {
      const oracle = new LibpcapOracle(filter);
      return packets.map((packet) => [packet, oracle.decide(packet), kernel().decide(fd, packet)]);
    });
    expect(tally.expressions).toBeGreaterThanOrEqual(150);
    expect(tally.matches / tally.comparisons).toBeGreaterThan(0.1);
  });

  test('300 expressions on 600 frames whose tag is beside their bytes', { timeout: 300_000 }, () => {
    const tags = ['81000065', '81002007', '88a80065', '8100ffff'].map((hex) => Buffer.from(hex, 'hex'));
    const frames = packetsFor('ethernet', 600, 3).map((packet, index) => {
      const tag = tags[index % tags.length] ?? Buffer.alloc(0);
      // In the file the tag stands where it came from.
      return { packet, tag, inFile: Buffer.concat([packet.subarray(0, 12), tag, packet.subarray(12)]) };
    });
    const tally = compareAll('ethernet', (filter, fd) => {
      const oracle = new LibpcapOracle(filter);
      kernel().selectCalled(fd);
      return frames.map(({ packet, tag, inFile }) => [
        inFile,
        oracle.decide(inFile),
        kernel().decideTagged(packet, tag),
      ]);
    });
    expect(tally.expressions).toBeGreaterThanOrEqual(300);
    expect(tally.matches / tally.comparisons).toBeGreaterThan(0.1);
  });
});

test('inbound, outbound and ifindex are answered from what is known of the hook', () => {
  const packet = randomFrame(new Random(4));
  const verdicts = ['inbound', 'outbound', 'not inbound', 'ifindex 1', 'ifindex 2'].flatMap((expression) =>
    (['in', 'out'] as const).map((direction) => {
      const loaded = kernel().load(compileFilter(expression, { linkType: 'ethernet' }), { direction });
      if ('reason' in loaded) throw new Error(loaded.reason);
      const isMatch = kernel().decide(loaded.fd, packet) !== noMatch;
      close(loaded.fd);
      return `${expression}, ${direction}: ${isMatch}`;
    }),
  );
  // A test run's packets are on the loopback device, whose number is 1.
  expect(verdicts).toEqual([
    ...['inbound, in: true', 'inbound, out: false', 'outbound, in: false', 'outbound, out: true'],
    ...['not inbound, in: false', 'not inbound, out: true'],
    ...['ifindex 1, in: true', 'ifindex 1, out: true', 'ifindex 2, in: false', 'ifindex 2, out: false'],
  ]);
});

type LinkType = 'ethernet' | 'raw';

/** A packet as it will be in the file, what libpcap says of it, and what the kernel. */
type Comparison = readonly [packet: Buffer, expected: number, actual: number];

/** Throws at the first wrong verdict. Expressions that libpcap has not for the link type do not count. */
function compareAll(
  linkType: LinkType,
  compare: (filter: readonly ClassicInstruction[], fd: number) => readonly Comparison[],
): { readonly expressions: number; readonly comparisons: number; readonly matches: number } {
  const tally = { expressions: 0, comparisons: 0, matches: 0 };
  for (const expression of expressions) {
    const filter = compiled(expression, linkType);
    if (filter === undefined) continue;
    const loaded = kernel().load(filter, { linkType });
    if ('reason' in loaded) throw new Error(`${expression}: ${loaded.reason}`);
    tally.expressions++;
    for (const [packet, expected, actual] of compare(filter, loaded.fd)) {
      tally.comparisons++;
      if (expected !== 0) tally.matches++;
      if (actual !== (expected === 0 ? noMatch : expected)) {
        throw new Error(
          `${expression}: libpcap says ${expected}, the kernel ${actual}: ${packet.toString('hex')}`,
        );
      }
    }
    close(loaded.fd);
  }
  return tally;
}

function compiled(expression: string, linkType: LinkType): readonly ClassicInstruction[] | undefined {
  try {
    return compileFilter(expression, { linkType });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Packets that a test run takes. The others, too short for their IP header, are live.test.ts's. */
function packetsFor(linkType: LinkType, count: number, seed: number): readonly Buffer[] {
  const random = new Random(seed);
  const all = kernel().load(null);
  if ('reason' in all) throw new Error(all.reason);
  const packets: Buffer[] = [];
  while (packets.length < count) {
    const packet = linkType === 'ethernet' ? randomFrame(random) : randomRawPacket(random);
    if (packet.length >= 14 && isTaken(all.fd, packet)) packets.push(packet);
  }
  close(all.fd);
  return packets;
}

function isTaken(fd: number, packet: Buffer): boolean {
  try {
    kernel().decide(fd, packet);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EINVAL') return false;
    throw error;
  }
}

function kernel(): KernelFilters {
  opened ??= new KernelFilters();
  return opened;
}
