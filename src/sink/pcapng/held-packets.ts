import { BlockBuffer, packetBlockLength, type PacketBlock } from './block-buffer.ts';

const chunkBytes = 1 << 20;
const spareChunks = 4;

/** Packet blocks that wait, in order. Positions count bytes from the first block ever held. */
export class HeldPackets {
  readonly #chunks: BlockBuffer[] = [];
  readonly #spare: BlockBuffer[] = [];
  /** Bytes of the first chunk that are gone already. */
  #taken = 0;
  #start = 0;
  #end = 0;

  /** Where the first block is that still waits. */
  get start(): number {
    return this.#start;
  }

  /** Where the next block goes. */
  get end(): number {
    return this.#end;
  }

  get lengthBytes(): number {
    return this.#end - this.#start;
  }

  append(packet: PacketBlock): void {
    const lengthBytes = packetBlockLength(packet);
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || !chunk.hasRoom(lengthBytes)) this.#chunks.push((chunk = this.#newChunk()));
    chunk.appendPacket(packet);
    this.#end += lengthBytes;
  }

  /** Hands out every block before `position`, one by one, and forgets it. */
  release(position: number, take: (source: Buffer, start: number, end: number) => void): void {
    let chunk = this.#chunks[0];
    while (chunk !== undefined && this.#start < position) {
      while (this.#taken < chunk.length && this.#start < position) {
        const lengthBytes = chunk.bytes.readUInt32LE(this.#taken + 4);
        take(chunk.bytes, this.#taken, this.#taken + lengthBytes);
        this.#taken += lengthBytes;
        this.#start += lengthBytes;
      }
      if (this.#taken < chunk.length) return;
      this.#dropFirst(chunk);
      chunk = this.#chunks[0];
    }
  }

  #newChunk(): BlockBuffer {
    return this.#spare.pop() ?? new BlockBuffer(chunkBytes);
  }

  #dropFirst(chunk: BlockBuffer): void {
    this.#chunks.shift();
    this.#taken = 0;
    chunk.clear();
    if (this.#spare.length < spareChunks) this.#spare.push(chunk);
  }
}
