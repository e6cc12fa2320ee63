import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { InterfaceEvent, PacketEvent, SecretEvent } from '../../../src/event/event.ts';
import { PcapngSink } from '../../../src/sink/pcapng/pcapng-sink.ts';
import type { PcapngSettings } from '../../../src/sink/pcapng/pcapng-settings.ts';

/** 2026-09-20T14:13:20Z when the monotonic clock says 0. */
export const clockOffsetNs = 1_790_000_000_000_000_000n;

/** A sink that writes into a folder of its own, and what it said. */
export class PcapngScenario {
  readonly folder: string;
  readonly path: string;
  readonly sink: PcapngSink;
  readonly said: string[] = [];

  constructor(settings: Partial<PcapngSettings> & { readonly name?: string } = {}) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-pcapng-'));
    const { name = 'capture.pcapng', ...others } = settings;
    this.path = path.join(this.folder, name);
    this.sink = new PcapngSink({
      target: { path: this.path, owner: null },
      section: { application: 'tlstap 0.0.0', os: 'Linux 6.12.0', hardware: 'x86_64' },
      clockOffsetNs,
      utcOffsetMinutes: () => 0,
      startTimeNs: 0,
      linkLayer: 'as-captured',
      wantsSecrets: true,
      onClosed: () => this.said.push('closed'),
      onError: (error, file) => this.said.push(`${error.code} ${file}`),
      onFinished: () => this.said.push('finished'),
      ...others,
    });
  }

  read(name: string = path.basename(this.path)): Buffer {
    return fs.readFileSync(path.join(this.folder, name));
  }

  files(): readonly string[] {
    return fs.readdirSync(this.folder).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close(100);
    fs.rmSync(this.folder, { recursive: true });
  }
}

export function interfaceEvent(changes: Partial<InterfaceEvent> = {}): InterfaceEvent {
  return {
    type: 'interface',
    timeNs: 0,
    id: 0,
    name: 'eth0',
    index: 2,
    linkType: 'ethernet',
    namespace: '',
    filter: '',
    snapLengthBytes: 262_144,
    ...changes,
  };
}

export function packetEvent(bytes: Uint8Array, changes: Partial<PacketEvent> = {}): PacketEvent {
  return {
    type: 'packet',
    timeNs: 0,
    interfaceId: 0,
    direction: 'in',
    lengthBytes: bytes.length,
    bytes,
    owner: null,
    ...changes,
  };
}

export function secretEvent(label: string, clientRandom: string, timeNs: number = 0): SecretEvent {
  return {
    type: 'secret',
    timeNs,
    pid: 812,
    tid: 812,
    pointer: 0,
    generation: 0,
    family: 'gotls',
    label,
    clientRandom,
    secret: '5e'.repeat(48),
  };
}
