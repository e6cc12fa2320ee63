import { finishChecksum, sumWords, tcpChecksum } from '../../packet/internet-checksum.ts';
import type { TcpEnd } from './tcp-ends.ts';

export const tcpFlag = { fin: 1, syn: 2, psh: 8, ack: 16 } as const;

/** Most bytes of payload in a segment: what fits an Ethernet frame over IPv4. */
export const maxSegmentBytes = 1460;
/** Ethernet, IPv6, TCP and the payload. */
export const maxFrameBytes: number = 14 + 40 + 20 + maxSegmentBytes;

const ethernetBytes = 14;
const tcpBytes = 20;
/** On a SYN: how long segments will be. */
const segmentSizeOption = [2, 4, maxSegmentBytes >> 8, maxSegmentBytes & 0xff] as const;

/** Builds the frames of one direction of a TCP connection: Ethernet with addresses of zeros, IPv4 or IPv6, TCP. */
export class SegmentBuilder {
  /** All that does not change, up to the payload. */
  readonly #header: Buffer;
  readonly #frame: Buffer;
  readonly #isIpv4: boolean;
  readonly #tcp: number;

  /** @param frame what frames are built in, {@link maxFrameBytes} long; several builders may share it */
  constructor(source: TcpEnd, destination: TcpEnd, frame: Buffer) {
    this.#isIpv4 = source.address.length === 4;
    const ipBytes = this.#isIpv4 ? 20 : 40;
    this.#tcp = ethernetBytes + ipBytes;
    this.#header = Buffer.alloc(this.#tcp + tcpBytes);
    this.#frame = frame;
    this.#fillFixed(source, destination);
  }

  /** Valid until the next frame is built. `payload` may be at most {@link maxSegmentBytes} long. */
  build(flags: number, sequence: number, acknowledged: number, payload: Uint8Array): Uint8Array {
    const content = (flags & tcpFlag.syn) === 0 ? payload : Uint8Array.from(segmentSizeOption);
    const headerBytes = tcpBytes + ((flags & tcpFlag.syn) === 0 ? 0 : segmentSizeOption.length);
    const tcp = this.#tcp;
    const segment = this.#frame.subarray(0, tcp + tcpBytes + content.length);
    segment.set(this.#header);
    segment.writeUInt32BE(sequence >>> 0, tcp + 4);
    segment.writeUInt32BE(acknowledged >>> 0, tcp + 8);
    segment[tcp + 12] = headerBytes << 2;
    segment[tcp + 13] = flags;
    segment.set(content, tcp + tcpBytes);
    this.#setIpLength(segment);
    segment.writeUInt16BE(tcpChecksum(segment, ethernetBytes, tcp), tcp + 16);
    return segment;
  }

  #fillFixed(source: TcpEnd, destination: TcpEnd): void {
    const frame = this.#header;
    const ip = ethernetBytes;
    frame.writeUInt16BE(this.#isIpv4 ? 0x0800 : 0x86dd, 12);
    frame[ip] = this.#isIpv4 ? 0x45 : 0x60;
    if (this.#isIpv4) {
      // Not to be fragmented, 64 hops, TCP.
      frame.writeUInt16BE(0x4000, ip + 6);
      frame.writeUInt16BE(0x4006, ip + 8);
    } else {
      frame.writeUInt16BE(0x0640, ip + 6);
    }
    const addresses = ip + (this.#isIpv4 ? 12 : 8);
    frame.set(source.address, addresses);
    frame.set(destination.address, addresses + source.address.length);
    frame.writeUInt16BE(source.port, this.#tcp);
    frame.writeUInt16BE(destination.port, this.#tcp + 2);
    // Window.
    frame.writeUInt16BE(0xffff, this.#tcp + 14);
  }

  #setIpLength(segment: Buffer): void {
    const ip = ethernetBytes;
    if (!this.#isIpv4) {
      segment.writeUInt16BE(segment.length - this.#tcp, ip + 4);
      return;
    }
    segment.writeUInt16BE(segment.length - ip, ip + 2);
    segment.writeUInt16BE(finishChecksum(sumWords(segment, ip, ip + 20)), ip + 10);
  }
}
