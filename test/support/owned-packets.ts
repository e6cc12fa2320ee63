import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpfObject } from '../../src/bpf/bpf-object.ts';
import { updateElement } from '../../src/bpf/map-access.ts';
import { NetworkNamespace } from '../../src/bpf/network-namespace.ts';
import { RingBuffer } from '../../src/bpf/ring-buffer.ts';
import { encodeIndex } from '../../src/capture/encode-rows.ts';
import { OwnerTracking } from '../../src/capture/owner-tracking.ts';
import { PacketCapture } from '../../src/capture/packet-capture.ts';
import { decodePacket, PacketOwners } from '../../src/event/decode-packet.ts';
import type { PacketDirection, PacketOwner } from '../../src/event/event.ts';
import { pidMark } from '../../src/event/kernel-layout.ts';
import { parseFlow, type Flow } from './parse-flow.ts';
import { projectPaths } from './project-paths.ts';

export interface OwnedPacket extends Flow {
  readonly interface: string;
  readonly direction: PacketDirection;
  readonly owner: PacketOwner | null;
}

const ringBytes = 8 * 2 ** 20;

/** The packets of some interfaces, with the processes that the kernel side found for them. */
export class OwnedPackets implements Disposable {
  readonly tracking: OwnerTracking;
  readonly #ringObject: BpfObject;
  readonly #ring: RingBuffer;
  readonly #capture: PacketCapture;
  readonly #owners = new PacketOwners();

  constructor(settings: {
    readonly interfaces: readonly string[];
    /** Keep only packets of these; undefined keeps all. */
    readonly pids?: readonly number[];
    readonly onlyTracepoints?: boolean;
  }) {
    const { interfaces, pids = [], onlyTracepoints = false } = settings;
    this.tracking = new OwnerTracking(readObject('owners'), onlyTracepoints);
    const objectBytes = readObject('packets');
    this.#ringObject = BpfObject.load({
      bytes: objectBytes,
      program: 'packets_capture',
      mapEntries: { ring: ringBytes },
    });
    const shared = ['ring', 'pids'].map((name) => [name, this.#ringObject.mapFd(name)] as const);
    this.#ring = new RingBuffer(this.#ringObject.mapFd('ring'), ringBytes);
    this.#capture = new PacketCapture({
      objectBytes,
      sharedMaps: new Map([...shared, ...this.tracking.maps]),
      filterPids: pids.length > 0,
      filterUids: false,
      snapLengthBytes: 262_144,
      compileFilter: () => null,
      scopes: [
        { namespace: new NetworkNamespace('/proc/self/ns/net'), label: '', names: new Set(interfaces) },
      ],
      direction: null,
      filter: '',
      onNotice: () => {},
    });
    for (const pid of pids)
      updateElement(this.#ringObject.mapFd('pids'), encodeIndex(pid), Buffer.of(pidMark.wanted));
  }

  /** TCP and UDP packets since the last call. */
  take(): OwnedPacket[] {
    const packets: OwnedPacket[] = [];
    this.#ring.drain((memory, start, length) => {
      const event = decodePacket(memory, start, length, this.#owners);
      const flow = event && parseFlow(Buffer.from(event.bytes));
      if (event === undefined || flow === undefined) return;
      const name = this.#capture.interfaces[event.interfaceId]?.name ?? '';
      packets.push({ ...flow, interface: name, direction: event.direction, owner: event.owner });
    }, Number.MAX_SAFE_INTEGER);
    return packets;
  }

  [Symbol.dispose](): void {
    this.#capture.stop();
    this.#capture[Symbol.dispose]();
    this.#ring[Symbol.dispose]();
    this.#ringObject[Symbol.dispose]();
    this.tracking[Symbol.dispose]();
  }
}

function readObject(name: string): Buffer {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86-64';
  return readFileSync(join(projectPaths.root, 'dist/bpf', architecture, `${name}.bpf.o`));
}
