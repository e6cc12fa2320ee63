import type { CaptureEvent, InterfaceEvent, PacketEvent, SecretEvent } from '../../event/event.ts';
import { HandshakeFinder, type HandshakeSign } from '../../packet/handshake-finder.ts';
import { HoldBack } from '../../packet/hold-back.ts';
import { type PacketBlock, packetBlockLength } from './block-buffer.ts';
import type { CapturedInterface } from './captured-interface.ts';
import { FileSequence } from './file-sequence.ts';
import { HeldPackets } from './held-packets.ts';
import { InterfaceTable } from './interface-table.ts';
import { createPacketCounts } from './packet-counts.ts';
import { PacketEncoder } from './packet-encoder.ts';
import type { PcapngFile } from './pcapng-file.ts';
import type { PcapngSettings, PcapngTotals } from './pcapng-settings.ts';
import { isEnough, isNeeded, SecretBook } from './secret-book.ts';

/** How long a handshake may hold packets back, and how many bytes of them at most. */
const holdLimitNs = 1e9;
const holdLimitBytes = 64 * 2 ** 20;
/** What is not held back is written after this, or at the next tick. */
const flushAfterNs = 100e6;

/**
 * Writes packets, and the TLS secrets to decrypt them, as pcapng. Give it every event of a capture or of a replay, in
 * order; it takes `interface`, `interface-counters`, `packet`, `secret`, `process`, `tick` and `end`. Time is that of
 * the events: it needs a `tick` at least every 200 ms, or what waits while no packet comes would wait on.
 *
 * Whoever writes to a reader (`-w -`) calls {@link flush} after each drain of the ring; for files the ticks are enough.
 * Late secrets are put into their place at ticks. At the end: the `end` event (or {@link end}), then {@link close}.
 */
export class PcapngSink {
  readonly #settings: PcapngSettings;
  readonly #interfaces: InterfaceTable;
  readonly #encoder: PacketEncoder;
  readonly #finder = new HandshakeFinder();
  readonly #hold = new HoldBack(holdLimitNs);
  readonly #held = new HeldPackets();
  readonly #book: SecretBook;
  readonly #files: FileSequence;
  #timeNs: number;
  #lastFlushNs: number;
  /** Secrets that came before the first file was begun, and are not kept in the book. */
  #earlyLines = '';
  #accepted = 0;
  #state: 'open' | 'finishing' | 'finished' | 'ended' = 'open';
  readonly #totals = createPacketCounts();

  /** @throws {UserError} when the file cannot be opened */
  constructor(settings: PcapngSettings) {
    this.#settings = settings;
    this.#interfaces = new InterfaceTable(settings.linkLayer);
    this.#encoder = new PacketEncoder(settings.clockOffsetNs);
    this.#book = new SecretBook(settings.rotation !== undefined);
    this.#timeNs = settings.startTimeNs;
    this.#lastFlushNs = settings.startTimeNs;
    this.#files = new FileSequence(settings, {
      formatHead: () => this.#interfaces.formatDescriptions(settings.section.os),
      secretLines: () => this.#earlyLines + this.#book.linesToCarry(this.#timeNs, this.#held.start),
      formatTail: () => {
        const { wallTime } = this.#encoder;
        return this.#interfaces.formatStatistics(
          wallTime(this.#timeNs),
          wallTime(this.#settings.startTimeNs),
        );
      },
    });
  }

  get totals(): PcapngTotals {
    return { ...this.#totals, files: this.#files.files };
  }

  /** A write waits inside the kernel on a thread: the process must be left by `_exit`. */
  get stuck(): boolean {
    return this.#files.stuck;
  }

  readonly handle = (event: CaptureEvent): void => {
    if (this.#state === 'ended') return;
    switch (event.type) {
      case 'packet':
        this.#onPacket(event);
        break;
      case 'secret':
        if (this.#settings.wantsSecrets) this.#onSecret(event);
        break;
      case 'interface':
        this.#onInterface(event);
        break;
      case 'interface-counters':
        this.#interfaces.count(event);
        break;
      case 'process':
        this.#encoder.options.setContainer(event.pid, event.container ?? null);
        break;
      case 'tick':
        this.#pass(event.timeNs);
        this.flush();
        this.#files.current?.placeLateSecrets();
        break;
      case 'end':
        this.#pass(event.timeNs);
        this.end();
        break;
      case 'open':
      case 'data':
      case 'close':
      case 'exit':
      case 'file':
      case 'offsets':
        break;
    }
  };

  /** Hands everything that is not held back to the file or the reader. */
  flush(): void {
    if (this.#state === 'ended') return;
    if (!this.#interfaces.isEmpty) this.#begin();
    this.#lastFlushNs = this.#timeNs;
    this.#files.current?.flush();
  }

  /** Writes what is held back, then the statistics. */
  end(): void {
    if (this.#state === 'ended') return;
    for (const clientRandom of this.#hold.expire(Infinity)) this.#giveUp(clientRandom);
    this.#release();
    this.#begin();
    this.#files.end();
    this.#state = 'ended';
  }

  /** For a replay, which can wait: its reader has taken most of what it was given. */
  readonly drained = (): Promise<void> => this.#files.drained();

  /** After {@link end}: delivers what waits, for at most `limitMs`. Returns how many bytes were never delivered. */
  close(limitMs: number): Promise<number> {
    this.end();
    return this.#files.close(limitMs);
  }

  #begin(): PcapngFile {
    if (this.#files.current === undefined) this.#interfaces.settle();
    return this.#files.begin();
  }

  #onInterface(event: InterfaceEvent): void {
    const added = this.#interfaces.add(event);
    if (added !== undefined) this.#begin().appendBlock(added.formatDescription(this.#settings.section.os));
  }

  #onPacket(event: PacketEvent): void {
    this.#pass(event.timeNs);
    if (this.#state !== 'open') return;
    this.#begin();
    const captured = this.#interfaces.find(event.interfaceId);
    if (captured === undefined) {
      this.#totals.droppedPackets += 1;
      return;
    }
    if (this.#settings.wantsSecrets) {
      const sign = this.#finder.find(event.bytes, captured.event.linkType);
      if (sign !== undefined) this.#onSign(sign, event, captured);
    }
    if (!this.#encoder.encode(event, captured, this.#put)) this.#drop(captured);
    this.#accepted += 1;
    if (this.#accepted === this.#settings.packetCount) {
      this.#state = 'finishing';
      this.#finishIfDone();
    }
    if (this.#timeNs - this.#lastFlushNs >= flushAfterNs) this.flush();
  }

  #onSign(sign: HandshakeSign, event: PacketEvent, captured: CapturedInterface): void {
    if (sign.type === 'end') {
      const position = this.#isHolding ? this.#held.end : -1;
      this.#book.endFlow(sign.flow, sign.direction, sign.whole, position);
      return;
    }
    const handshake = this.#book.addHello(sign.clientRandom, sign.flow, event.timeNs);
    if (handshake.hello !== 'not-seen') return;
    handshake.hello = 'written';
    if (isEnough(handshake) || this.#settings.expectsSecrets?.(event, captured.event) === false) return;
    handshake.hello = 'held';
    this.#hold.add(sign.clientRandom, event.timeNs, this.#held.end);
  }

  #onSecret({ label, clientRandom, secret, timeNs }: SecretEvent): void {
    const line = `${label} ${clientRandom} ${secret}\n`;
    const handshake = this.#book.addSecret(label, clientRandom, line, timeNs);
    if (handshake === undefined) return;
    this.#totals.secrets += 1;
    const file = this.#files.current;
    if (file !== undefined) {
      file.appendSecrets(line);
      if (handshake.hello !== 'held' && isNeeded(label)) this.#placeLate(file, line, handshake.hello);
    } else if (this.#settings.rotation === undefined) {
      this.#earlyLines += line;
    }
    if (handshake.hello === 'held' && isEnough(handshake)) {
      handshake.hello = 'written';
      this.#hold.satisfy(clientRandom);
      this.#release();
    }
    this.#pass(timeNs);
  }

  /** Also where no ClientHello was seen: its packets may be there, only not recognised. Known ones need the place more. */
  #placeLate(file: PcapngFile, line: string, hello: 'written' | 'not-seen'): void {
    const placed = file.addLateSecret(line, hello === 'written' ? 1 : 0.5);
    if (!placed && hello === 'written') this.#totals.lateSecrets += 1;
  }

  /** Time has come so far. */
  #pass(timeNs: number): void {
    if (timeNs > this.#timeNs) this.#timeNs = timeNs;
    if (this.#hold.handshakes === 0) return;
    const expired = this.#hold.expire(this.#timeNs);
    for (const clientRandom of expired) this.#giveUp(clientRandom);
    if (expired.length > 0) this.#release();
  }

  #giveUp(clientRandom: string): void {
    this.#totals.unfinishedHandshakes += 1;
    const handshake = this.#book.find(clientRandom);
    if (handshake !== undefined) handshake.hello = 'written';
  }

  get #isHolding(): boolean {
    return this.#hold.handshakes > 0 || this.#held.lengthBytes > 0;
  }

  /** Order is kept: while anything waits, all that comes waits behind it. */
  readonly #put = (block: PacketBlock): void => {
    if (this.#isHolding) {
      this.#held.append(block);
      this.#boundHeld();
      return;
    }
    const file = this.#fileFor(block.timeHigh, block.timeLow, packetBlockLength(block));
    file?.appendPacket(block);
    this.#countPacket(block.interfaceIndex, file !== undefined);
  };

  /** Writes held packets up to the first that must wait on. */
  #release(): void {
    this.#held.release(this.#hold.position, (source, start, end) => {
      const file = this.#fileFor(
        source.readUInt32LE(start + 12),
        source.readUInt32LE(start + 16),
        end - start,
      );
      file?.appendBlock(source, start, end);
      this.#countPacket(source.readUInt32LE(start + 8), file !== undefined);
    });
    this.#finishIfDone();
  }

  #boundHeld(): void {
    if (this.#held.lengthBytes > this.#totals.mostHeldBytes)
      this.#totals.mostHeldBytes = this.#held.lengthBytes;
    while (this.#held.lengthBytes > holdLimitBytes) {
      const oldest = this.#hold.giveUpOldest();
      if (oldest !== undefined) this.#giveUp(oldest);
      this.#release();
    }
  }

  /** The file that the next packet belongs into; undefined when none takes it. */
  #fileFor(timeHigh: number, timeLow: number, lengthBytes: number): PcapngFile | undefined {
    if (this.#state === 'finished') return undefined;
    const file = this.#files.prepare(timeHigh * 2 ** 32 + timeLow);
    if (file === undefined) this.#finish();
    return file?.hasRoom(lengthBytes) === true ? file : undefined;
  }

  #countPacket(interfaceIndex: number, written: boolean): void {
    const captured = this.#interfaces.at(interfaceIndex);
    if (written) {
      this.#totals.packets += 1;
      if (captured !== undefined) captured.writtenPackets += 1;
    } else if (this.#state !== 'finished') {
      this.#drop(captured);
    }
  }

  #drop(captured: CapturedInterface | undefined): void {
    this.#totals.droppedPackets += 1;
    if (captured !== undefined) captured.droppedPackets += 1;
  }

  /** All packets that were asked for are there, and none of them waits. */
  #finishIfDone(): void {
    if (this.#state === 'finishing' && !this.#isHolding) this.#finish();
  }

  #finish(): void {
    this.#state = 'finished';
    this.#settings.onFinished();
  }
}
