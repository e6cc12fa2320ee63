import type { Direction } from '../../event/event.ts';
import type { EndReason, ObserverContext } from '../connection-observer.ts';
import { ExchangeRecord, type Side } from '../exchange-record.ts';
import type { ClientDirection } from './client-direction.ts';
import type { BlockArrival } from './http2-direction.ts';
import { type HeaderList, parseHeaderList } from './parse-header-list.ts';
import { type OpenStream, StreamTable } from './stream-table.ts';

/**
 * Turns what arrives on streams into exchanges. A stream whose beginning was not seen still gives one, with what is
 * known of it; a frame for a stream that is over gives nothing, and the methods say so by returning false.
 */
export class Http2Streams {
  readonly #context: ObserverContext;
  readonly #clients: ClientDirection;
  readonly #table = new StreamTable();
  /** Requests may have been lost in the middle of the connection. */
  #lostRequests = false;

  constructor(context: ObserverContext, clients: ClientDirection) {
    this.#context = context;
    this.#clients = clients;
  }

  headers(direction: Direction, arrival: BlockArrival, timeNs: number): boolean {
    if (arrival.about.promisedStream !== null)
      return this.#promise(direction, arrival, arrival.about.promisedStream, timeNs);
    const list = parseHeaderList(arrival.block.headers);
    if (list.kind !== null && !this.#clients.learn(direction, list.kind)) this.startOver(timeNs);
    const side = this.#clients.sideOf(direction);
    const isOpening = side === 'request' && !list.isTrailers;
    const stream = this.#enter(arrival.about.stream, side, isOpening, arrival.about.startTimeNs);
    if (stream === null) return false;
    this.#noteUnknown(stream.record, arrival);
    if (side === 'response') this.#judgeHeldHead(stream, list, arrival, timeNs);
    if (stream.record[side] !== null) this.#addTrailers(stream.record, side, list);
    else this.#begin(stream, { direction, side, list, arrival }, timeNs);
    if (isCut(arrival)) stream.record.cut(side, arrival.problem ?? '', timeNs);
    if (arrival.about.endStream) stream.record.end(side, timeNs);
    this.#settle(stream, timeNs);
    return true;
  }

  data(direction: Direction, id: number, bytes: Uint8Array, timeNs: number): void {
    const side = this.#clients.sideOf(direction);
    const stream = this.#enter(id, side, false, timeNs);
    if (stream === null) return;
    this.#beginUnseen(stream, side, direction, timeNs);
    stream.record.pushBody(side, bytes, timeNs);
  }

  dataGap(direction: Direction, id: number, lengthBytes: number | null, timeNs: number): void {
    const side = this.#clients.sideOf(direction);
    const stream = this.#enter(id, side, false, timeNs);
    if (stream === null) return;
    this.#beginUnseen(stream, side, direction, timeNs);
    stream.record.gapInBody(side, lengthBytes, timeNs);
  }

  /** A DATA frame is over; false if it belonged to nothing. */
  dataEnd(direction: Direction, id: number, endStream: boolean, timeNs: number): boolean {
    const side = this.#clients.sideOf(direction);
    const stream = this.#enter(id, side, false, timeNs);
    if (stream === null) return false;
    if (endStream) {
      this.#beginUnseen(stream, side, direction, timeNs);
      stream.record.end(side, timeNs);
      this.#settle(stream, timeNs);
    }
    return true;
  }

  /** RST_STREAM, from either side, ends both. */
  reset(id: number, reason: string, timeNs: number): void {
    const stream = this.#table.use(id);
    if (stream !== undefined) this.#close(stream, reason, reason, timeNs);
    this.#table.end(id);
  }

  /** GOAWAY: streams that the other side opened beyond `lastStream` will not be answered (RFC 9113 §6.8). */
  goAway(direction: Direction, lastStream: number, reason: string, timeNs: number): void {
    const parity = this.#clients.sideOf(direction) === 'response' ? 1 : 0;
    for (const { id } of this.#table.values()) {
      if (id > lastStream && (id & 1) === parity) this.reset(id, reason, timeNs);
    }
  }

  /** Any frames of the direction may be missing here. */
  outOfStep(direction: Direction, timeNs: number): void {
    const side = this.#clients.sideOf(direction);
    if (side === 'request') this.#lostRequests = true;
    for (const { record, mayHaveLost } of this.#table.takeUsedSinceLoss(direction)) {
      if (record.isSideOver(side)) continue;
      mayHaveLost[side] = true;
      if (record[side] === null) record.gaps += 1;
      else record.gapInBody(side, null, timeNs);
    }
  }

  /** Whether DATA of this stream could come now: it is open, or may be, by the numbers of those that were. */
  mayCarryData(direction: Direction, id: number): boolean {
    // Promised streams carry responses only.
    if (id % 2 === 0 && this.#clients.sideOf(direction) === 'request') return false;
    const newest = this.#table.newestLike(id);
    if (newest === 0 || id > newest)
      return id < (newest === 0 ? maxUnheardStream : newest + maxSkippedStreams);
    return this.#mayHaveMissed || this.#table.use(id) !== undefined || this.#table.hasEnded(id);
  }

  get #mayHaveMissed(): boolean {
    return this.#context.connection.joinedLate || this.#lostRequests;
  }

  /** What was taken for requests were responses, and the other way round. */
  startOver(timeNs: number): void {
    const reason = 'direction was mistaken';
    for (const stream of this.#table.forget()) this.#close(stream, reason, reason, timeNs);
  }

  end(timeNs: number, reason: EndReason): void {
    for (const stream of this.#table.forget()) {
      const { request, response } = stream.mayHaveLost;
      const reasonOf = (hasLost: boolean): string => (hasLost ? lostBytes : reason);
      this.#close(stream, reasonOf(request), reasonOf(response), timeNs);
    }
  }

  #close(stream: OpenStream, requestReason: string, responseReason: string, timeNs: number): void {
    if (stream.heldHead !== null) stream.record.begin('response', stream.heldHead, timeNs);
    stream.record.cut('request', requestReason, timeNs);
    stream.record.cut('response', responseReason, timeNs);
  }

  /** The stream, if this side of it can still go on; made if its beginning is here or may have been missed. */
  #enter(id: number, side: Side, isOpening: boolean, startTimeNs: number): OpenStream | null {
    const open = this.#table.use(id);
    if (open !== undefined) return open.record.isSideOver(side) ? null : open;
    if (this.#table.hasEnded(id)) return null;
    const { joinedLate } = this.#context.connection;
    if (!isOpening && id <= this.#table.newestLike(id) && !this.#mayHaveMissed) return null;
    const record = new ExchangeRecord(this.#context, 'h2', id, startTimeNs);
    if (!isOpening && joinedLate) record.joinedLate = true;
    if (!isOpening && this.#lostRequests) record.gaps += 1;
    const stream = this.#table.add(id, record, { isUnseen: !isOpening });
    for (const idle of this.#table.findExcess()) this.reset(idle.id, 'too many open streams', startTimeNs);
    return stream;
  }

  #begin(stream: OpenStream, { direction, side, list, arrival }: ParsedArrival, timeNs: number): void {
    const { record } = stream;
    if (list.isTrailers && (stream.isUnseen || stream.mayHaveLost[side])) {
      this.#beginUnseen(stream, side, direction, arrival.about.startTimeNs);
      this.#addTrailers(record, side, list);
      return;
    }
    const head = headOf(direction, list, arrival.about.startTimeNs);
    const isFinal = side === 'request' || arrival.about.endStream || isCut(arrival);
    if (!isFinal && list.status === null && arrival.block.incomplete) stream.heldHead = head;
    else if (!isFinal && list.status !== null && list.status < 200) record.addInformational(head, timeNs);
    else record.begin(side, head, timeNs);
  }

  /** Another field block follows one whose status is unknown: the first was informational, or this is its trailers. */
  #judgeHeldHead(stream: OpenStream, list: HeaderList, arrival: BlockArrival, timeNs: number): void {
    const { record, heldHead } = stream;
    if (heldHead === null) return;
    stream.heldHead = null;
    if (list.kind !== 'response' && arrival.about.endStream) record.begin('response', heldHead, timeNs);
    // Of one that was lost, nothing is left to be shown.
    else if (heldHead.headers.length > 0) record.addInformational(heldHead, timeNs);
  }

  /** The head of this side was not seen, unless it is held. */
  #beginUnseen(stream: OpenStream, side: Side, direction: Direction, timeNs: number): void {
    if (stream.record[side] !== null) return;
    const held = side === 'response' ? stream.heldHead : null;
    stream.record.begin(side, held ?? headOf(direction, parseHeaderList([]), timeNs), timeNs);
  }

  #addTrailers(record: ExchangeRecord, side: Side, list: HeaderList): void {
    record.setTrailers(side, [...(record[side]?.trailers ?? []), ...list.headers]);
  }

  /** PUSH_PROMISE (RFC 9113 §8.4): the request that the server says it answers, on a stream of its own. */
  #promise(direction: Direction, arrival: BlockArrival, id: number, timeNs: number): boolean {
    if (!this.#clients.learn(direction, 'response')) this.startOver(timeNs);
    // Stream 0: its number was lost, so what is promised will appear as a response to an unknown request.
    if (id === 0) this.#lostRequests = true;
    if (id === 0 || this.#table.use(id) !== undefined) return false;
    const stream = this.#enter(id, 'request', true, arrival.about.startTimeNs);
    if (stream === null) return false;
    this.#noteUnknown(stream.record, arrival);
    const list = parseHeaderList(arrival.block.headers);
    stream.record.begin('request', headOf(direction, list, arrival.about.startTimeNs), timeNs);
    stream.record.end('request', timeNs);
    return true;
  }

  #noteUnknown(record: ExchangeRecord, { block, problem, tableWasLost }: BlockArrival): void {
    if (problem === lostBytes || (block.incomplete && tableWasLost)) record.gaps += 1;
    else if (block.incomplete) record.joinedLate = true;
  }

  #settle({ id, record, mayHaveLost }: OpenStream, timeNs: number): void {
    // The end of the request was lost, or was before the capture began: nobody will see it.
    const isRequestUnseen = record.request === null || mayHaveLost.request;
    if (record.isSideOver('response') && isRequestUnseen) record.cut('request', lostBytes, timeNs);
    if (record.isOver) this.#table.end(id);
  }
}

interface ParsedArrival {
  readonly direction: Direction;
  readonly side: Side;
  readonly list: HeaderList;
  readonly arrival: BlockArrival;
}

/** The message can never be whole. That bytes were lost is no such reason: its body may still come. */
function isCut({ problem }: BlockArrival): boolean {
  return problem !== null && problem !== lostBytes;
}

function headOf(direction: Direction, list: HeaderList, startTimeNs: number) {
  const { method, url, status, headers, contentCoding, unitType } = list;
  const protocol = 'h2' as const;
  return {
    direction,
    protocol,
    method,
    url,
    status,
    reasonPhrase: '',
    headers,
    contentCoding,
    unitType,
    startTimeNs,
  };
}

/** Numbers that are passed over at most while nothing is seen. */
const maxSkippedStreams = 2000;
/** The largest number that is believed without having seen another: later streams are found by their other frames. */
const maxUnheardStream = 1 << 24;
const lostBytes = 'lost bytes';
