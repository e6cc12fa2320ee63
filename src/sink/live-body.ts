import type { HttpMessage } from '../protocol/exchange.ts';
import { formatHexDump } from '../util/hex-dump.ts';
import { incompleteTailLength } from '../util/utf8-edges.ts';
import { parseContentType } from './content-type.ts';
import { decodeText } from './decode-text.ts';
import type { BodyFormat } from './format-body.ts';
import { formatLines } from './format-lines.ts';
import { formatNotShown } from './format-not-shown.ts';

/** A piece of a live body, as it is shown. */
export interface LivePiece {
  /** Length of the content it stands for. */
  readonly lengthBytes: number;
  /** Indented lines; empty when the content is not shown (not text, or beyond the limit). */
  readonly lines: string;
}

/** The body of a message that is shown while it arrives: hands out, piece by piece, what was not shown yet. */
export class LiveBody {
  readonly #message: HttpMessage;
  readonly #format: BodyFormat;
  /** Content bytes that arrived and were not shown yet, if the body has no content coding. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Content bytes that were handed out. */
  #shownBytes = 0;
  #hiddenBytes = 0;
  #isText: boolean | undefined;

  constructor(message: HttpMessage, format: BodyFormat) {
    this.#message = message;
    this.#format = format;
    if (message.body.encoding === null) this.push(message.body.decoded().bytes);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The next bytes of the body; they are copied. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    // Bytes of a coded body are taken from the body itself, which removes the coding.
    if (this.#message.body.encoding === null) this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
  }

  /** What came since the last call, as far as characters are complete. */
  take(isEnd: boolean): LivePiece {
    const bytes = this.#takeBytes(isEnd);
    const from = this.#shownBytes;
    this.#shownBytes += bytes.length;
    const room = Math.max(0, (this.#format.sizeLimitBytes ?? Infinity) - from);
    const shown = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#hiddenBytes += bytes.length - shown.length;
    return { lengthBytes: bytes.length, lines: shown.length === 0 ? '' : this.#formatShown(shown, from) };
  }

  /** What a limit of the user hid, as a line; else empty. */
  takeNotShown(): string {
    return this.#hiddenBytes === 0
      ? ''
      : `${indent}${formatNotShown(this.#hiddenBytes, this.#format.style)}\n`;
  }

  /** Its content is not text, and not shown. */
  get isBinary(): boolean {
    return this.#isText === false && !this.#format.hex;
  }

  #takeBytes(isEnd: boolean): Uint8Array {
    const { body } = this.#message;
    const bytes =
      body.encoding === null ? Buffer.concat(this.#waiting) : body.decoded().bytes.subarray(this.#shownBytes);
    // A character that is still incomplete waits for its rest.
    const tail = isEnd ? 0 : incompleteTailLength(bytes);
    const complete = bytes.subarray(0, bytes.length - tail);
    this.#waiting =
      tail === 0 || body.encoding !== null ? [] : [Buffer.from(bytes.subarray(complete.length))];
    this.#waitingBytes = 0;
    return complete;
  }

  #formatShown(bytes: Uint8Array, offset: number): string {
    if (this.#format.hex) return formatHexDump(bytes, offset, indent);
    const text = this.#decode(bytes);
    return text === undefined ? '' : formatLines(text, { indent, unicode: this.#format.style.unicode });
  }

  /** Whether it is text is judged once, by its first bytes. */
  #decode(bytes: Uint8Array): string | undefined {
    const text = decodeText(bytes, parseContentType(this.#message.headers), false);
    this.#isText ??= text !== undefined;
    return this.#isText ? (text ?? Buffer.from(bytes).toString('utf8')) : undefined;
  }
}

const indent = '    ';
