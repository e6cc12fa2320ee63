import type { EndReason } from '../connection-observer.ts';
import type { ExchangeRecord, Side } from '../exchange-record.ts';
import type { RawData } from '../raw-data.ts';
import { BodyReader } from './body-reader.ts';
import { findStart } from './find-start.ts';
import { HeadReader } from './head-reader.ts';
import { HeldBytes } from './held-bytes.ts';
import type { BegunMessage, MessageOwner } from './message-owner.ts';
import { StreamPiece } from './stream-piece.ts';

/** Cuts one direction of a connection into messages (RFC 9112), and emits as raw data what is none. */
export class MessageReader {
  /** What this direction carries; null until the first start line is seen in either. */
  kind: Side | null = null;

  readonly #owner: MessageOwner;
  readonly #piece: StreamPiece;
  readonly #heads = new HeadReader();
  #state: 'head' | 'peek' | 'body' | 'raw' | 'resync';
  #exchange: ExchangeRecord | null = null;
  #body: BodyReader | null = null;
  /** Empty lines before a head that is not complete. */
  readonly #blanks = new HeldBytes();
  #startTimeNs = 0;
  /** Resync: whether a line starts at the held bytes, or where there are none, at the next byte. */
  #isLineStart = true;
  /** Resync: the first byte was tried as a start before, and is none. */
  #skipsFirst = false;
  #isRawNext = false;
  #isUntouched = true;
  /** Until the first message. */
  #joinedLate: boolean;

  constructor(owner: MessageOwner, raw: RawData, joinedLate: boolean) {
    this.#owner = owner;
    this.#piece = new StreamPiece(raw);
    this.#joinedLate = joinedLate;
    this.#state = joinedLate ? 'resync' : 'head';
  }

  data(bytes: Buffer, timeNs: number): void {
    this.#isUntouched = false;
    this.#piece.load(bytes);
    let at = 0;
    while (at < this.#piece.bytes.length) at = this.#step(at, timeNs);
    this.#piece.finish();
  }

  gap(lengthBytes: number | null, timeNs: number): void {
    const isJoin = this.#isUntouched && this.#joinedLate && lengthBytes === null;
    this.#isUntouched = false;
    if (isJoin || lengthBytes === 0) return;
    if (this.#state === 'peek') this.#endPeek(timeNs);
    this.#blanks.clear();
    if (this.#state !== 'raw') this.#skip(lengthBytes, timeNs);
    this.#piece.skip(lengthBytes ?? 0);
  }

  end(timeNs: number, reason: EndReason): void {
    if (this.#state === 'peek') this.#endPeek(timeNs);
    if (this.#body?.endsWithConnection === true && reason === 'connection ended') this.#endMessage(timeNs);
    this.#cut(reason, timeNs);
    this.#flushHeld(0, timeNs);
  }

  /** Of the next byte, in its stream. */
  get offset(): number {
    return this.#piece.offset(0);
  }

  /** What it carries is not HTTP any more. */
  get isTunnel(): boolean {
    return this.#state === 'raw';
  }

  /** The other direction accepted to switch protocols: what comes after the present message is not HTTP. */
  becomeRaw(timeNs: number): void {
    this.#isRawNext = true;
    if (this.#exchange !== null) return;
    this.#flushHeld(0, timeNs);
    this.#state = 'raw';
  }

  #step(at: number, timeNs: number): number {
    if (this.#state === 'head') return this.#readHead(at, timeNs);
    if (this.#state === 'body') return this.#readBody(at, timeNs);
    if (this.#state === 'peek') return this.#peek(at, timeNs);
    if (this.#state === 'resync') return this.#resync(at, timeNs);
    const { bytes } = this.#piece;
    this.#owner.tunnelled(this, at === 0 ? bytes : bytes.subarray(at), this.#piece.offset(at), timeNs);
    return bytes.length;
  }

  #readHead(from: number, timeNs: number): number {
    const { bytes } = this.#piece;
    let at = from;
    if (this.#heads.held.length === 0) {
      at = this.#skipBlanks(from, timeNs);
      if (at === bytes.length) return at;
      this.#startTimeNs = timeNs;
    }
    const head = this.#heads.read(bytes, at, this.kind);
    const { next } = this.#heads;
    if (head === 'more') return next;
    if (typeof head === 'string') return this.#refuseHead(head, at, next, timeNs);
    this.#heads.clear();
    this.#blanks.clear();
    const begun = this.#owner.begin(this, head, this.#startTimeNs, timeNs);
    const end = this.#findBodyEnd(begun, next);
    if (end === null) {
      this.#beginBody(begun, timeNs);
      return next;
    }
    this.#exchange = begun.exchange;
    begun.exchange?.pushBodyPart(this.#side, bytes, next, end, timeNs);
    this.#endMessage(timeNs);
    return end;
  }

  /** RFC 9112 §2.2: empty lines before a request are ignored; servers send them, too. Before anything else they are data. */
  #skipBlanks(from: number, timeNs: number): number {
    const { bytes } = this.#piece;
    let at = from;
    while (bytes[at] === 0x0d || bytes[at] === 0x0a) at += 1;
    if (at > from) this.#blanks.append(bytes, from, at);
    if (this.#blanks.length > maxBlanks) this.#piece.emitHeld(this.#blanks, at, timeNs);
    return at;
  }

  #refuseHead(problem: 'bad-line' | 'bad-block', at: number, next: number, timeNs: number): number {
    const { held } = this.#heads;
    const isHeld = held.length > 0;
    this.#piece.emitHeld(this.#blanks, isHeld ? next - held.length : at, timeNs);
    if (problem === 'bad-line') {
      this.#loseSync(timeNs, false);
      this.#skipsFirst = true;
      return this.#prepend(held, isHeld ? next : at);
    }
    if (isHeld) this.#flushHeld(next, timeNs);
    else this.#piece.emit(at, next, timeNs);
    this.#loseSync(timeNs, this.#piece.bytes[next - 1] === 0x0a);
    return next;
  }

  /** The end of a body that is all in this piece, and can be nothing else (see `peek`); null for other bodies. */
  #findBodyEnd({ exchange, framing }: BegunMessage, at: number): number | null {
    if (framing.type !== 'sized' || exchange === null || exchange.request === null) return null;
    const end = at + framing.lengthBytes;
    return end <= this.#piece.bytes.length ? end : null;
  }

  #beginBody({ exchange, framing }: BegunMessage, timeNs: number): void {
    this.#exchange = exchange;
    if (exchange === null || framing.type === 'none') return this.#endMessage(timeNs);
    switch (framing.type) {
      case 'tunnel':
        this.#isRawNext = true;
        this.#endMessage(timeNs);
        return this.#owner.tunnel(this, exchange, timeNs);
      case 'unknown':
        this.#cut(framing.reason, timeNs);
        return this.#loseSync(timeNs, true);
      case 'sized':
      case 'chunked':
      case 'until-close':
        this.#body = new BodyReader(exchange, this.#side, framing);
        // If the request is not known, it may have been HEAD: what looks like the next head is no body then.
        this.#state = exchange.request === null ? 'peek' : 'body';
    }
  }

  #readBody(at: number, timeNs: number): number {
    const body = this.#body;
    const outcome = body?.read(this.#piece.bytes, at, timeNs);
    if (body === null || outcome === 'broken') {
      this.#cut('broken chunk', timeNs);
      this.#loseSync(timeNs, true);
      return this.#prepend(body?.held ?? this.#heads.held, body?.next ?? at);
    }
    if (outcome === 'done') this.#endMessage(timeNs);
    return body.next;
  }

  /** Waits for enough bytes to tell a body from the next message's head. */
  #peek(from: number, timeNs: number): number {
    const { held } = this.#heads;
    const { bytes } = this.#piece;
    let at = from;
    for (let i = held.length; i < version.length && at < bytes.length; i += 1, at += 1) {
      if (bytes[at] === version.charCodeAt(i)) continue;
      this.#state = 'body';
      return this.#prepend(held, from);
    }
    if (held.length + at - from < version.length) {
      held.append(bytes, from, at);
      return at;
    }
    this.#endMessage(timeNs);
    return this.#prepend(held, from);
  }

  #endPeek(timeNs: number): void {
    this.#state = 'body';
    this.data(this.#piece.reload(this.#heads.held), timeNs);
  }

  #resync(from: number, timeNs: number): number {
    const at = this.#prepend(this.#heads.held, from);
    const { bytes } = this.#piece;
    const first = this.#skipsFirst ? at + 1 : at;
    const isLineStart = this.#skipsFirst ? bytes[at] === 0x0a : this.#isLineStart;
    this.#skipsFirst = false;
    const found = findStart(bytes, first, isLineStart, this.kind);
    const end = found?.at ?? bytes.length;
    if (end > at) {
      this.#piece.emit(at, end, timeNs);
      this.#isLineStart = bytes[end - 1] === 0x0a;
      if (this.#joinedLate) this.#owner.joinedInside(this, timeNs);
    }
    if (found?.verdict === 'more') {
      this.#heads.held.append(bytes, end, bytes.length);
      return bytes.length;
    }
    if (found !== undefined) {
      this.#state = 'head';
      this.#joinedLate = false;
    }
    return end;
  }

  #skip(lengthBytes: number | null, timeNs: number): void {
    const outcome = this.#body?.skip(lengthBytes, timeNs) ?? 'lost';
    if (outcome === 'inside') return;
    if (outcome === 'lost') {
      if (this.#exchange !== null) this.#exchange.gaps += 1;
      this.#cut('lost bytes', timeNs);
      this.#flushHeld(0, timeNs);
    } else {
      this.#endMessage(timeNs);
    }
    if (outcome !== 'done') this.#loseSync(timeNs, true);
  }

  get #side(): Side {
    return this.kind ?? 'request';
  }

  #endMessage(timeNs: number): void {
    this.#exchange?.end(this.#side, timeNs);
    this.#exchange = null;
    this.#body = null;
    this.#state = this.#isRawNext ? 'raw' : 'head';
  }

  #cut(reason: string, timeNs: number): void {
    this.#exchange?.cut(this.#side, reason, timeNs);
    this.#exchange = null;
    this.#body = null;
  }

  #loseSync(timeNs: number, isLineStart: boolean): void {
    this.#isLineStart = isLineStart;
    this.#state = this.#isRawNext ? 'raw' : 'resync';
    if (!this.#isRawNext) this.#owner.lost(this, timeNs);
  }

  /** Puts held bytes before the rest of the piece; returns where to go on. */
  #prepend(held: HeldBytes, at: number): number {
    const start = this.#piece.prepend(held, at);
    this.#heads.clear();
    return start;
  }

  /** Emits what is held of a head, which ends at `end` of the present piece, as raw data. */
  #flushHeld(end: number, timeNs: number): void {
    const { held } = this.#heads;
    if (held.length > 0) this.#piece.emitHeld(this.#blanks, end - held.length, timeNs);
    this.#piece.emitHeld(held, end, timeNs);
    this.#heads.clear();
  }
}

const version = 'HTTP/1.';
const maxBlanks = 64;
