import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { afterAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { compileFilter } from '../../../src/bpf/compile-filter.ts';
import { close } from '../../../src/bpf/libc.ts';
import { loadClassifier } from '../../../src/bpf/load-classifier.ts';
import { lookupElement, updateElement } from '../../../src/bpf/map-access.ts';
import { isAtLeast } from '../../../src/diagnose/kernel-version.ts';
import { Assembler } from '../../../src/packet/filter/assembler.ts';
import { helper, opcode, register, skb } from '../../../src/packet/filter/opcode.ts';
import { UserError } from '../../../src/util/user-error.ts';
import { createMap, mapType } from '../../support/bpf-test-run.ts';
import { assemble, KernelFilters, u32 } from '../../support/kernel-filter.ts';
import { LibpcapOracle } from '../../support/libpcap-oracle.ts';
import { LiveNetwork, tcx } from '../../support/live-network.ts';
import { needBpf } from '../../support/need-bpf.ts';
import { Random } from '../../support/random.ts';
import { combinations, primitives } from './expressions.ts';
import { randomFrame, randomRawPacket } from './synthetic-packets.ts';

const expressions: readonly string[] = [...primitives, ...combinations(30, primitives)];

const frames = framesFrom(new Random(11), 300);
const rawPackets = rawPacketsFrom(new Random(12), 300);

let opened: { readonly network: LiveNetwork; readonly kernel: KernelFilters } | undefined;

beforeEach((context) => {
  needBpf(context);
  needLiveNetwork(context);
  opened ??= { network: new LiveNetwork(), kernel: new KernelFilters() };
});

afterAll(() => {
  opened?.network[Symbol.dispose]();
  opened?.kernel[Symbol.dispose]();
});

describe('on devices, cut frames included, the kernel decides as pcap_offline_filter does', () => {
  test('where they leave: tags are among the bytes', { timeout: 180_000 }, () => {
    const verdicts = observe('ethernet', 'left', tcx.egress, frames);
    expect(verdicts.delivered).toBe(frames.length);
    expectSame(verdicts);
  });

  test('where they arrive: the outer tag is beside the bytes', { timeout: 180_000 }, () => {
    const verdicts = observe('ethernet', 'right', tcx.ingress, frames);
    // The kernel drops a frame whose tag is cut before it takes the tag off.
    expect(verdicts.delivered).toBeGreaterThan(frames.length * 0.95);
    expectSame(verdicts);
  });

  test('without a link layer', { timeout: 180_000 }, () => {
    const verdicts = observe('raw', 'tunnel', tcx.ingress, rawPackets);
    expect(verdicts.delivered).toBe(rawPackets.length);
    expectSame(verdicts);
  });
});

interface Verdicts {
  readonly expressions: number;
  readonly delivered: number;
  readonly matches: number;
  readonly comparisons: number;
  readonly wrong: readonly string[];
}

function expectSame(verdicts: Verdicts): void {
  expect(verdicts.wrong).toEqual([]);
  expect(verdicts.expressions).toBeGreaterThan(150);
  expect(verdicts.matches / verdicts.comparisons).toBeGreaterThan(0.1);
}

/** Sends every packet past every expression. */
function observe(
  linkType: 'ethernet' | 'raw',
  device: 'left' | 'right' | 'tunnel',
  attachType: number,
  packets: readonly Buffer[],
): Verdicts {
  const { network, kernel } = live();
  using watched = new WatchedHook(kernel, network, device, attachType);
  const send =
    linkType === 'raw'
      ? (packet: Buffer) => network.sendPacket(packet)
      : (packet: Buffer) => network.sendFrame(packet);
  const delivered = packets.filter((packet) => watched.decide(() => send(packet)) !== undefined);
  const tally = { expressions: 0, delivered: delivered.length, matches: 0, comparisons: 0 };
  const wrong: string[] = [];
  for (const expression of expressions) {
    const filter = compiledOrNone(expression, linkType);
    if (filter === undefined) continue;
    const loaded = kernel.load(filter, { linkType });
    if ('reason' in loaded) throw new Error(`${expression}: ${loaded.reason}`);
    kernel.selectCalled(loaded.fd);
    close(loaded.fd);
    const oracle = new LibpcapOracle(filter);
    tally.expressions++;
    for (const packet of delivered) {
      const actual = watched.decide(() => send(packet));
      const expected = oracle.decide(packet);
      tally.comparisons++;
      if (expected !== 0) tally.matches++;
      if (actual !== expected)
        wrong.push(`${expression}: ${expected}, not ${actual}: ${packet.toString('hex')}`);
    }
  }
  return { ...tally, wrong };
}

/**
 * What is selected runs on a hook, and behind it a program that tells that it is done. Attaching is slow, so programs
 * are exchanged in the table of the one that is attached.
 */
class WatchedHook implements Disposable {
  readonly #network: LiveNetwork;
  /** One element: what the filter returned, and whether the packet is through. */
  readonly #map = createMap(mapType.array, 8, 1);

  constructor(
    kernel: KernelFilters,
    network: LiveNetwork,
    device: 'left' | 'right' | 'tunnel',
    hook: number,
  ) {
    this.#network = network;
    kernel.setCaptureProgram(noteProgram(this.#map, 0));
    const last = loadClassifier({ name: 'last', instructions: noteProgram(this.#map, 4) });
    for (const fd of [kernel.caller, last]) network.attach(fd, device, hook);
    close(last);
  }

  /** What the filter returned, 0 where there was no match; undefined where the packet did not come. */
  decide(send: () => void): number | undefined {
    updateElement(this.#map, u32(0), Buffer.alloc(8));
    send();
    // It is through before the call that sends it returns, or a moment later; unless the kernel drops it.
    const end = performance.now() + 50;
    do {
      const value = lookupElement(this.#map, u32(0), 8);
      if (value?.readUInt32LE(4) === 1) return value.readUInt32LE(0);
    } while (performance.now() < end);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#network.detachAll();
    close(this.#map);
  }
}

/** Stores `cb[0]` at 0, or 1 at 4, in the map's only element. */
function noteProgram(mapFd: number, offset: 0 | 4): Buffer {
  const assembler = new Assembler();
  const end = assembler.newLabel();
  assembler.emit(opcode.move, register.context, 1);
  assembler.emit(opcode.storeImmediateWord, register.frame, 0, -4, 0);
  assembler.emit(opcode.move, 2, register.frame);
  assembler.emit(opcode.addImmediate, 2, 0, 0, -4);
  assembler.loadMap(1, mapFd);
  assembler.emit(opcode.call, 0, 0, 0, helper.mapLookup);
  assembler.jumpIf(opcode.jumpIfEqual, register.result, 0, 0, end);
  if (offset === 0) assembler.emit(opcode.loadWord, 1, register.context, skb.control);
  else assembler.emit(opcode.moveImmediate, 1, 0, 0, 1);
  assembler.emit(opcode.storeWord, register.result, 1, offset);
  assembler.place(end);
  assembler.emit(opcode.moveImmediate32, register.result, 0, 0, -1);
  assembler.emit(opcode.exit);
  return assemble(assembler);
}

function compiledOrNone(
  expression: string,
  linkType: 'ethernet' | 'raw',
): ReturnType<typeof compileFilter> | undefined {
  try {
    return compileFilter(expression, { linkType });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** As they come, and every third cut to any length that a device sends. */
function framesFrom(random: Random, count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = randomFrame(random);
    return index % 3 === 0 ? frame.subarray(0, 14 + random.below(Math.max(1, frame.length - 13))) : frame;
  });
}

/** The kernel looks at the version before it takes a packet. */
function rawPacketsFrom(random: Random, count: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const packet = randomRawPacket(random);
    packet[0] = ((packet[0] ?? 0) & 0x0f) | random.pick([0x40, 0x60]);
    return index % 3 === 0 ? packet.subarray(0, 1 + random.below(packet.length)) : packet;
  });
}

function needLiveNetwork(context: TestContext): void {
  if (!isAtLeast(release(), 6, 6)) context.skip('attaching many programs to one hook needs tcx, Linux 6.6');
  if (!existsSync('/dev/net/tun')) context.skip('there is no /dev/net/tun');
}

function live(): { readonly network: LiveNetwork; readonly kernel: KernelFilters } {
  if (!opened) throw new Error('not opened');
  return opened;
}
