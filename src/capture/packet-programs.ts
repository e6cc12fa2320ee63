import { BpfObject } from '../bpf/bpf-object.ts';
import type { ClassicInstruction } from '../bpf/classic-instruction.ts';
import { close } from '../bpf/libc.ts';
import { loadClassifier } from '../bpf/load-classifier.ts';
import { updateElement } from '../bpf/map-access.ts';
import type { LinkType, PacketDirection } from '../event/event.ts';
import { interfaceCounters, packetConfig } from '../event/kernel-layout.ts';
import { buildEntryProgram } from '../packet/filter/build-entry-program.ts';
import { encodeConfig, encodeIndex } from './encode-rows.ts';
import { countPossibleCpus } from './possible-cpus.ts';

export interface PacketProgramSettings {
  readonly objectBytes: Buffer;
  /** Maps of the session and of the owners of packets, by name. */
  readonly sharedMaps: ReadonlyMap<string, number>;
  readonly filterPids: boolean;
  readonly filterUids: boolean;
  readonly snapLengthBytes: number;
  /** What libpcap made of the filter for each link type; null keeps every packet. */
  readonly compileFilter: (linkType: LinkType) => readonly ClassicInstruction[] | null;
}

/** Bytes before the IP header. */
const linkHeaderBytes: Readonly<Record<LinkType, number>> = { ethernet: 14, raw: 0 };

/** The programs that capture packets: one for each link type, and an entry for each interface and direction. */
export class PacketPrograms implements Disposable {
  readonly #settings: PacketProgramSettings;
  readonly #captures = new Map<LinkType, BpfObject>();

  /** Loads what Ethernet needs, so that a kernel which refuses says so at once. */
  constructor(settings: PacketProgramSettings) {
    this.#settings = settings;
    this.#capture('ethernet');
  }

  /** Counters by number of interface, for each CPU. */
  get countersFd(): number {
    return this.#capture('ethernet').mapFd('interfaces');
  }

  /** Any program of the kind, for asking the kernel what it can attach. */
  get programFd(): number {
    return this.#capture('ethernet').programFd;
  }

  /** Gives the program to attach to an interface to `use`; what it attaches keeps the program. */
  withEntry<T>(
    linkType: LinkType,
    interfaceId: number,
    direction: PacketDirection,
    use: (programFd: number) => T,
  ): T {
    const fd = this.#loadEntry(linkType, interfaceId, direction);
    try {
      return use(fd);
    } finally {
      close(fd);
    }
  }

  #loadEntry(linkType: LinkType, interfaceId: number, direction: PacketDirection): number {
    const built = buildEntryProgram({
      filter: this.#settings.compileFilter(linkType),
      linkType,
      snapLengthBytes: this.#settings.snapLengthBytes,
      interfaceId,
      direction,
      programArrayFd: this.#capture(linkType).mapFd('capture_program'),
      received: { mapFd: this.countersFd, index: interfaceId, offsetBytes: interfaceCounters.received },
    });
    if (built.type === 'refused')
      throw new Error(`a filter that was accepted before is refused: ${built.reason}`);
    return loadClassifier({ name: direction, instructions: built.instructions });
  }

  #capture(linkType: LinkType): BpfObject {
    const known = this.#captures.get(linkType);
    if (known !== undefined) return known;
    const object = this.#load(linkType);
    this.#captures.set(linkType, object);
    return object;
  }

  #load(linkType: LinkType): BpfObject {
    const config = Buffer.alloc(packetConfig.sizeBytes);
    config.writeUInt32LE(linkHeaderBytes[linkType], packetConfig.linkHeaderBytes);
    const first = this.#captures.values().next().value;
    const own = first === undefined ? [] : ownMaps.map((name) => [name, first.mapFd(name)] as const);
    const object = BpfObject.load({
      bytes: this.#settings.objectBytes,
      program: 'packets_capture',
      mapEntries: { packet_slots: countPossibleCpus() },
      initialValues: {
        '.rodata.config': encodeConfig({
          ...this.#settings,
          handshakesOnly: false,
          pidNamespace: null,
          onlySite: null,
        }),
        '.rodata.packets': config,
      },
      sharedMaps: new Map([...this.#settings.sharedMaps, ...own]),
    });
    updateElement(object.mapFd('capture_program'), encodeIndex(0), encodeIndex(object.programFd));
    return object;
  }

  [Symbol.dispose](): void {
    for (const object of this.#captures.values()) object[Symbol.dispose]();
    this.#captures.clear();
  }
}

/** The same for all link types. */
const ownMaps: readonly string[] = ['interfaces', 'packet_slots'];
