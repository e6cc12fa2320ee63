import type { CaptureEvent } from '../../event/event.ts';
import { toUtf8String } from '../../util/utf8-string.ts';
import type { WriteText } from '../sink.ts';
import type { RecentPairs } from './recent-pairs.ts';

/**
 * Secrets as lines of a key log, each pair of label and client random once: the two ends of a connection, captured on one
 * machine, give the same secrets, and so does a capture that is appended to an earlier one.
 */
export class KeyLogSink {
  readonly #write: WriteText;
  readonly #known: RecentPairs;
  #isCut: boolean;

  /** @param file what is appended to: the pairs it holds, and whether its last line lacks its end */
  constructor(write: WriteText, file: { readonly known: RecentPairs; readonly isCut: boolean }) {
    this.#write = write;
    this.#known = file.known;
    this.#isCut = file.isCut;
  }

  handle(event: CaptureEvent): void {
    if (event.type !== 'secret') return;
    const { label, clientRandom, secret } = event;
    if (this.#known.has(label, clientRandom)) return;
    const line = `${label} ${clientRandom} ${secret}\n`;
    // Dropped by a reader that is too slow: it may still come with the other end of the connection.
    if (!this.#write(toUtf8String(this.#isCut ? `\n${line}` : line))) return;
    this.#isCut = false;
    this.#known.add(label, clientRandom);
  }

  /** Every line is on its way already. */
  end(): void {}
}
