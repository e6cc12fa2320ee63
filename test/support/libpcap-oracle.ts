import koffi from 'koffi';
import type { ClassicInstruction } from '../../src/bpf/classic-instruction.ts';
import { encodeClassicProgram } from './encode-classic-program.ts';

const library = koffi.load('libpcap.so.0.8');
const offlineFilter = library.func('int pcap_offline_filter(void *, void *, void *)');

/** What libpcap itself says of packets: pcap_offline_filter on the same instructions. */
export class LibpcapOracle {
  readonly #instructions: Buffer;
  readonly #program = Buffer.alloc(16);
  /** struct pcap_pkthdr { struct timeval @0, caplen u32 @16, len u32 @20 } */
  readonly #header = Buffer.alloc(24);

  constructor(program: readonly ClassicInstruction[]) {
    this.#instructions = encodeClassicProgram(program);
    this.#program.writeUInt32LE(program.length, 0);
    this.#program.writeBigUInt64LE(koffi.address(this.#instructions), 8);
  }

  /** What the program returns, unsigned: 0 is no match. */
  decide(packet: Buffer): number {
    this.#header.writeUInt32LE(packet.length, 16);
    this.#header.writeUInt32LE(packet.length, 20);
    return Number(offlineFilter(this.#program, this.#header, packet)) >>> 0;
  }
}
