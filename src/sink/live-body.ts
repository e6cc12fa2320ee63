import type { HttpMessage } from '../protocol/exchange.ts';
import { formatHexDump } from '../util/hex-dump.ts';
import { incompleteTailLength } from '../util/utf8-edges.ts';
import { parseContentType } from './content-type.ts';
import { decodeText } from './decode-text.ts';
import type { BodyFormat } from './format-body.ts';
import { formatLines } from './format-lines.ts';
import { formatNotShown } from './format-not-shown.ts';
import { isTextContent } from './looks-like-text.ts';

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
  /** Decoding has come to an end before the body did. */
  #isStuck = false;
  /** Content bytes that were handed out. */
  #shownBytes = 0;
  #hiddenBytes = 0;
  #isText: boolean | undefined;

  constructor(message: HttpMessage, format: BodyFormat) {
    this.#message = message;
    this.#format = format;
    // What is told in units is not shown as a body.
    this.#isStuck = message.unitProtocol !== null;
    if (message.body.encoding === null && !this.#isStuck) this.push(message.body.decoded().bytes);
  }

  /** The next bytes of the body; they are copied. */
  push(bytes: Uint8Array): void {
    // Bytes of a coded body are taken from the body itself, which removes the coding.
    if (bytes.length > 0 && !this.#isStuck && this.#message.body.encoding === null && !this.isBinary)
      this.#waiting.push(Buffer.from(bytes));
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
    return this.#hiddenBytes === 0 || this.isBinary
      ? ''
      : `${indent}${formatNotShown(this.#hiddenBytes, this.#format.style)}\n`;
  }

  /** Its content is not text, and not shown. */
  get isBinary(): boolean {
    return this.#isText === false && !this.#format.hex;
  }

  #takeBytes(isEnd: boolean): Uint8Array {
    const { body } = this.#message;
    const bytes = body.encoding === null ? Buffer.concat(this.#waiting) : this.#takeDecoded();
    // A character that is still incomplete waits for its rest.
    const tail = isEnd ? 0 : incompleteTailLength(bytes);
    const complete = bytes.subarray(0, bytes.length - tail);
    this.#waiting =
      tail === 0 || body.encoding !== null ? [] : [Buffer.from(bytes.subarray(complete.length))];
    return complete;
  }

  /** Each look decodes the body from its beginning, so there are none once nothing more can come of it. */
  #takeDecoded(): Uint8Array {
    if (this.#isStuck) return nothing;
    const { body } = this.#message;
    const { bytes, problem } = body.decoded();
    this.#isStuck = problem !== null || body.truncated || body.gaps.length > 0;
    return bytes.subarray(this.#shownBytes);
  }

  #formatShown(bytes: Uint8Array, offset: number): string {
    if (this.#format.hex) return formatHexDump(bytes, offset, indent);
    const type = parseContentType(this.#message.headers);
    // Judged once, by what comes first.
    this.#isText ??= isTextContent(bytes, type);
    if (!this.#isText) return '';
    return formatLines(decodeText(bytes, type, false), { indent, unicode: this.#format.style.unicode });
  }
}

const indent = '    ';
const nothing = new Uint8Array();
