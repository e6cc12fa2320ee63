import { type BlockBuffer, packetBlockLength, type PacketBlock } from './block-buffer.ts';
import type { BlockOutput } from './block-output.ts';
import { LateSecrets } from './late-secrets.ts';
import { formatSecretsBlock } from './secrets-block.ts';

export interface PcapngFileSettings {
  readonly output: BlockOutput;
  /** Empty; only this file uses it, until it has ended. */
  readonly buffer: BlockBuffer;
  /** Section and interfaces. */
  readonly header: Buffer;
  /** Place for late secrets, where the output can be changed; 0 for none. */
  readonly reservedBytes: number;
  /** Lines of a key log that are known already. */
  readonly secretLines: string;
}

/** One file (or stream) of blocks: gathers them and writes whole ones. */
export class PcapngFile {
  /** What it began with. */
  readonly headBytes: number;
  readonly #output: BlockOutput;
  readonly #buffer: BlockBuffer;
  readonly #late: LateSecrets | undefined;
  readonly #latePosition: number;
  #writtenBytes = 0;

  constructor(settings: PcapngFileSettings) {
    this.#output = settings.output;
    this.#buffer = settings.buffer;
    this.appendBlock(settings.header);
    this.#latePosition = this.lengthBytes;
    if (this.#output.canOverwrite && settings.reservedBytes > 0) {
      this.#late = new LateSecrets(settings.reservedBytes);
      this.appendBlock(this.#late.format());
    }
    this.appendSecrets(settings.secretLines);
    this.headBytes = this.lengthBytes;
  }

  /** What was written, and what is about to be. */
  get lengthBytes(): number {
    return this.#writtenBytes + this.#buffer.length;
  }

  /** Whether a packet block of this length may be added. */
  hasRoom(lengthBytes: number): boolean {
    return this.#output.hasRoom(this.#buffer.length + lengthBytes);
  }

  appendPacket(packet: PacketBlock): void {
    if (!this.#buffer.hasRoom(packetBlockLength(packet))) this.#write();
    this.#buffer.appendPacket(packet);
  }

  /** Blocks that are made already, whole ones. */
  appendBlock(blocks: Buffer, start: number = 0, end: number = blocks.length): void {
    if (!this.#buffer.hasRoom(end - start)) this.#write();
    if (this.#buffer.hasRoom(end - start)) {
      this.#buffer.append(blocks, start, end);
      return;
    }
    this.#output.write(blocks.subarray(start, end));
    this.#writtenBytes += end - start;
  }

  /** Lines of a key log, for the packets that follow. */
  appendSecrets(lines: string): void {
    if (lines !== '') this.appendBlock(formatSecretsBlock(lines));
  }

  /** A secret that comes after packets that need it. False when it could not be put before them. */
  addLateSecret(line: string, share?: number): boolean {
    return this.#late?.add(line, share) ?? false;
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#write();
  }

  /** Writes late secrets to their place, if there are new ones. What was gathered goes first. */
  placeLateSecrets(): void {
    this.#write();
    if (this.#late?.changed === true) this.#output.overwrite(this.#latePosition, this.#late.format());
  }

  #write(): void {
    if (this.#buffer.length === 0) return;
    this.#output.write(this.#buffer.bytes.subarray(0, this.#buffer.length));
    this.#writtenBytes += this.#buffer.length;
    this.#buffer.clear();
  }
}
