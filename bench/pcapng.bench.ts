import fs from 'node:fs';
import { bench, run, summary } from 'mitata';
import type { PacketEvent } from '../src/event/event.ts';
import { PcapngSink } from '../src/sink/pcapng/pcapng-sink.ts';

// What a packet costs from its event to the file (/dev/null, so that no disk is measured), copying
// included. `held`: behind a ClientHello whose secrets come after 100 packets.

const nullFd = fs.openSync('/dev/null', 'w');
const owner = { pid: 812, uid: 0, comm: 'caddy' };
const lengths = [64, 576, 1448, 65_226];

for (const lengthBytes of lengths) {
  summary(() => {
    measure(
      `${lengthBytes} B`,
      createSink({ wantsSecrets: false, linkLayer: 'as-captured' }),
      tcpFrame(lengthBytes),
    );
    measure(
      `${lengthBytes} B, secrets wanted`,
      createSink({ wantsSecrets: true, linkLayer: 'as-captured' }),
      tcpFrame(lengthBytes),
    );
    measure(
      `${lengthBytes} B, cooked`,
      createSink({ wantsSecrets: true, linkLayer: 'cooked' }),
      tcpFrame(lengthBytes),
    );
    measureHeld(
      `${lengthBytes} B, held`,
      createSink({ wantsSecrets: true, linkLayer: 'as-captured' }),
      tcpFrame(lengthBytes),
    );
  });
}

await run();

function createSink(settings: {
  readonly wantsSecrets: boolean;
  readonly linkLayer: 'as-captured' | 'cooked';
}): PcapngSink {
  const sink = new PcapngSink({
    ...settings,
    // Written directly and at once.
    target: { descriptor: { fd: nullFd, mode: 'direct', own: false } },
    section: { application: 'bench', os: '', hardware: '' },
    clockOffsetNs: 1_790_000_000_000_000_000n,
    utcOffsetMinutes: () => 0,
    startTimeNs: 0,
    onClosed: () => undefined,
    onError: (error) => {
      throw error;
    },
    onFinished: () => undefined,
  });
  sink.handle({
    type: 'interface',
    timeNs: 0,
    id: 0,
    name: 'eth0',
    index: 2,
    linkType: 'ethernet',
    namespace: '',
    filter: '',
    snapLengthBytes: 262_144,
  });
  return sink;
}

function measure(name: string, sink: PcapngSink, ring: Buffer): void {
  let turn = 0;
  bench(name, () => {
    turn += 1;
    sink.handle(packetEvent(turn * 1000, ring));
  });
}

function measureHeld(name: string, sink: PcapngSink, ring: Buffer): void {
  let turn = 0;
  const hello = Buffer.from(tcpFrame(300));
  hello.set([0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3], 54);
  bench(name, () => {
    turn += 1;
    if (turn % 100 !== 1) {
      sink.handle(packetEvent(turn * 1000, ring));
      if (turn % 100 === 0) answer(sink, turn);
      return;
    }
    hello.writeUInt32BE(turn, 65);
    sink.handle(packetEvent(turn * 1000, hello));
  });
}

function answer(sink: PcapngSink, turn: number): void {
  sink.handle({
    type: 'secret',
    timeNs: turn * 1000,
    pid: 812,
    tid: 812,
    pointer: 0,
    generation: 0,
    family: 'gotls',
    label: 'CLIENT_RANDOM',
    clientRandom: (turn - 99).toString(16).padStart(8, '0').padEnd(64, '0'),
    secret: '5e'.repeat(48),
  });
}

/** A new object for each packet, as the decoder of records makes them; the bytes are a view of the ring. */
function packetEvent(timeNs: number, frame: Buffer): PacketEvent {
  return {
    type: 'packet',
    timeNs,
    interfaceId: 0,
    direction: 'out',
    lengthBytes: frame.length,
    bytes: frame.subarray(0),
    owner,
  };
}

function tcpFrame(lengthBytes: number): Buffer {
  const frame = Buffer.alloc(lengthBytes);
  frame[12] = 8;
  frame[14] = 0x45;
  frame.writeUInt16BE(Math.min(0xffff, lengthBytes - 14), 16);
  frame[23] = 6;
  frame[46] = 0x50;
  frame[47] = 0x10;
  return frame;
}
