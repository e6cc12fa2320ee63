import type { Direction } from '../../event/event.ts';
import type { ExchangeRecord, Side } from '../exchange-record.ts';
import type { MessageHead } from '../message-record.ts';

/** A stream whose exchange is not over. */
export interface OpenStream {
  readonly id: number;
  readonly record: ExchangeRecord;
  /** Its first frames were not seen. */
  readonly isUnseen: boolean;
  /** Frames of the side may have been lost, its end among them. */
  readonly mayHaveLost: Record<Side, boolean>;
  /** A response head of unknown status: whether it is informational shows by what follows. */
  heldHead: MessageHead | null;
  /** Grows with every use of any stream: when this one was used last. */
  lastUse: number;
}

/** The streams of one connection: bounded, however many are opened and never ended. */
export class StreamTable {
  readonly #open = new Map<number, OpenStream>();
  /** Those that ended last, oldest first: frames may still be on their way. */
  readonly #ended = new Set<number>();
  #uses = 0;
  /** `#uses` when a direction was last out of step. */
  readonly #lossAt: Record<Direction, number> = { read: 0, write: 0 };
  /** By who opens them: even (server) and odd (client). */
  readonly #highest = [0, 0];

  /** An open stream, which counts as a use. */
  use(id: number): OpenStream | undefined {
    const stream = this.#open.get(id);
    if (stream !== undefined) stream.lastUse = ++this.#uses;
    return stream;
  }

  add(id: number, record: ExchangeRecord, { isUnseen }: Pick<OpenStream, 'isUnseen'>): OpenStream {
    const stream: OpenStream = {
      id,
      record,
      isUnseen,
      mayHaveLost: { request: false, response: false },
      heldHead: null,
      lastUse: ++this.#uses,
    };
    this.#open.set(id, stream);
    this.#highest[id & 1] = Math.max(this.#highest[id & 1]!, id);
    return stream;
  }

  hasEnded(id: number): boolean {
    return this.#ended.has(id);
  }

  /** The newest stream seen that the same side opened, else the newest of all; 0 when none was. */
  newestLike(id: number): number {
    return this.#highest[id & 1]! || Math.max(...this.#highest);
  }

  end(id: number): void {
    this.#open.delete(id);
    this.#ended.add(id);
    if (this.#ended.size <= maxEnded) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      break;
    }
  }

  /** Nothing that was said of open streams holds: their ids are as if never seen. */
  forget(): readonly OpenStream[] {
    const streams = [...this.#open.values()];
    this.#open.clear();
    return streams;
  }

  values(): OpenStream[] {
    return [...this.#open.values()];
  }

  /** Streams that were used since the direction was last out of step; it is so now. */
  takeUsedSinceLoss(direction: Direction): readonly OpenStream[] {
    const since = this.#lossAt[direction];
    if (this.#uses === since) return [];
    this.#lossAt[direction] = this.#uses;
    return this.values().filter(({ lastUse }) => lastUse > since);
  }

  /** When there are too many: those that were idle longest, else none. */
  findExcess(): readonly OpenStream[] {
    if (this.#open.size <= maxOpen) return [];
    // Many at once, so that sorting costs little per stream.
    return this.values()
      .sort((a, b) => a.lastUse - b.lastUse)
      .slice(0, maxOpen / 10);
  }
}

const maxOpen = 10_000;
const maxEnded = 1000;
