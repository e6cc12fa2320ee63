import { toErrnoError } from '../../util/errno-error.ts';
import { UserError } from '../../util/user-error.ts';
import { BlockBuffer } from './block-buffer.ts';
import { FileOutput } from './file-output.ts';
import { openBlockFile, useBlockDescriptor } from './open-block-output.ts';
import { PcapngFile } from './pcapng-file.ts';
import type { PcapngSettings } from './pcapng-settings.ts';
import { Rotation } from './rotation.ts';
import { formatSectionBlock } from './section-block.ts';
import type { StreamOutput } from './stream-output.ts';

const bufferBytes = 1 << 20;
const lateSecretsBytes = 65_536;

/** What a file begins and ends with, asked for when it does. */
export interface FileEdges {
  /** Descriptions of the interfaces. */
  readonly formatHead: () => Buffer;
  /** Secrets of the connections that go on. */
  readonly secretLines: () => string;
  /** Statistics of the interfaces. */
  readonly formatTail: () => Buffer;
}

/** The file that is written now, and the ones after it. The first is opened at once, and begun later. */
export class FileSequence {
  readonly #settings: PcapngSettings;
  readonly #edges: FileEdges;
  readonly #rotation: Rotation | undefined;
  readonly #buffer = new BlockBuffer(bufferBytes);
  readonly #section: Buffer;
  #output: FileOutput | StreamOutput;
  #current: PcapngFile | undefined;
  #files = 1;
  #failed = false;
  #closing: Promise<number> | undefined;
  #ended = false;

  /** @throws {UserError} when the first file cannot be opened */
  constructor(settings: PcapngSettings, edges: FileEdges) {
    this.#settings = settings;
    this.#edges = edges;
    this.#section = formatSectionBlock(settings.section);
    const { target, rotation } = settings;
    if (rotation !== undefined && 'path' in target) {
      const startTimeNs = Number(settings.clockOffsetNs + BigInt(Math.floor(settings.startTimeNs)));
      const clock = { utcOffsetMinutes: settings.utcOffsetMinutes, startTimeNs };
      this.#rotation = new Rotation(target.path, rotation, clock);
    }
    this.#output = this.#openFirst();
  }

  get files(): number {
    return this.#files;
  }

  get stuck(): boolean {
    return 'stuck' in this.#output && this.#output.stuck;
  }

  /** The current file; undefined before {@link begin}. */
  get current(): PcapngFile | undefined {
    return this.#current;
  }

  /** Writes the beginning of the first file. */
  begin(): PcapngFile {
    return (this.#current ??= this.#beginFile());
  }

  /**
   * Before a packet: goes on to the next file if it is time. Undefined when the current one was the last.
   *
   * @param timeNs wall clock, of the packet
   */
  prepare(timeNs: number): PcapngFile | undefined {
    const file = this.begin();
    if (this.#rotation === undefined || this.#failed) return file;
    const step = this.#rotation.step(timeNs, file);
    if (step === 'stay') return file;
    if (step === 'end') return undefined;
    this.#endFile(file);
    if (this.#output instanceof FileOutput) this.#output.end();
    try {
      this.#output = openBlockFile(this.#rotation.path, this.#owner, this.#callbacks);
    } catch (error) {
      this.#fail(error);
      return file;
    }
    this.#files += 1;
    return (this.#current = this.#beginFile());
  }

  /** Writes the end of the current file. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#endFile(this.begin());
  }

  drained(): Promise<void> {
    return 'drained' in this.#output ? this.#output.drained() : Promise.resolve();
  }

  close(limitMs: number): Promise<number> {
    return (this.#closing ??= this.#output.close(limitMs));
  }

  #openFirst(): FileOutput | StreamOutput {
    const { target } = this.#settings;
    if ('descriptor' in target) return useBlockDescriptor(target.descriptor, this.#callbacks);
    return openBlockFile(this.#path, target.owner, this.#callbacks);
  }

  #beginFile(): PcapngFile {
    return new PcapngFile({
      output: this.#output,
      buffer: this.#buffer,
      header: Buffer.concat([this.#section, this.#edges.formatHead()]),
      reservedBytes: this.#settings.wantsSecrets ? this.#reservedBytes : 0,
      secretLines: this.#edges.secretLines(),
    });
  }

  #endFile(file: PcapngFile): void {
    file.appendBlock(this.#edges.formatTail());
    file.placeLateSecrets();
  }

  get #path(): string {
    const { target } = this.#settings;
    return this.#rotation?.path ?? ('path' in target ? target.path : 'stdout');
  }

  get #owner(): { readonly uid: number; readonly gid: number } | null {
    const { target } = this.#settings;
    return 'owner' in target ? target.owner : null;
  }

  /** Small files have less room for late secrets: at most a sixteenth. */
  get #reservedBytes(): number {
    const { sizeBytes } = this.#settings.rotation ?? {};
    if (sizeBytes === undefined) return lateSecretsBytes;
    return Math.max(1024, Math.min(lateSecretsBytes, (sizeBytes >> 4) & ~3));
  }

  get #callbacks(): {
    readonly onClosed: () => void;
    readonly onError: (error: NodeJS.ErrnoException) => void;
  } {
    return { onClosed: this.#settings.onClosed, onError: (error) => this.#fail(error) };
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const cause = error instanceof UserError && error.cause !== undefined ? error.cause : error;
    this.#settings.onError(toErrnoError(cause), this.#path);
  }
}
