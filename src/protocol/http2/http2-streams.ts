import type { Direction } from '../../event/event.ts';
import type { ObserverContext } from '../connection-observer.ts';
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
    if (arrival.promisedStream !== null)
      return this.#promise(direction, arrival, arrival.promisedStream, timeNs);
    const list = parseHeaderList(arrival.block.headers);
    if (list.kind !== null && !this.#clients.learn(direction, list.kind)) this.startOver(timeNs);
    const side = this.#clients.sideOf(direction);
    const isOpening = side === 'request' && !list.isTrailers;
    const stream = this.#enter(arrival.stream, side, isOpening, arrival.startTimeNs);
    if (stream === null) return false;
    this.#noteUnknown(stream.record, arrival);
    if (stream.record[side] !== null) this.#addTrailers(stream.record, side, list);
    else this.#begin(stream, direction, { side, list, arrival }, timeNs);
    if (arrival.problem !== null && arrival.problem !== lostBytes)
      stream.record.cut(side, arrival.problem, timeNs);
    if (arrival.endStream) stream.record.end(side, timeNs);
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
    stream.record.gapInBody(side, lengthBytes);
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
    this.#table.use(id)?.record.close(reason, timeNs);
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
  outOfStep(direction: Direction): void {
    const side = this.#clients.sideOf(direction);
    if (side === 'request') this.#lostRequests = true;
    for (const { record, mayHaveLost } of this.#table.takeUsedSinceLoss(direction)) {
      if (record.isSideOver(side)) continue;
      mayHaveLost[side] = true;
      if (record[side] === null) record.gaps += 1;
      else record.gapInBody(side, null);
    }
  }

  /** What was taken for requests were responses, and the other way round. */
  startOver(timeNs: number): void {
    for (const { record } of this.#table.forget()) record.close('direction was mistaken', timeNs);
  }

  end(timeNs: number): void {
    for (const { record, mayHaveLost } of this.#table.forget()) {
      record.cut('request', mayHaveLost.request ? lostBytes : connectionEnded, timeNs);
      record.cut('response', mayHaveLost.response ? lostBytes : connectionEnded, timeNs);
    }
  }

  /** The stream, if this side of it can still go on; made if its beginning is here or may have been missed. */
  #enter(id: number, side: Side, isOpening: boolean, startTimeNs: number): OpenStream | null {
    const open = this.#table.use(id);
    if (open !== undefined) return open.record.isSideOver(side) ? null : open;
    if (this.#table.hasEnded(id)) return null;
    const { joinedLate } = this.#context.connection;
    if (!isOpening && this.#table.isOld(id) && !joinedLate && !this.#lostRequests) return null;
    const record = new ExchangeRecord(this.#context, 'h2', id, startTimeNs);
    if (!isOpening && joinedLate) record.joinedLate = true;
    if (!isOpening && this.#lostRequests) record.gaps += 1;
    const stream = this.#table.add(id, record, { isUnseen: !isOpening });
    for (const idle of this.#table.findExcess()) this.reset(idle.id, 'too many open streams', startTimeNs);
    return stream;
  }

  #begin(
    stream: OpenStream,
    direction: Direction,
    {
      side,
      list,
      arrival,
    }: { readonly side: Side; readonly list: HeaderList; readonly arrival: BlockArrival },
    timeNs: number,
  ): void {
    const { record } = stream;
    if (list.isTrailers && (stream.isUnseen || stream.mayHaveLost[side])) {
      this.#beginUnseen(stream, side, direction, arrival.startTimeNs);
      this.#addTrailers(record, side, list);
      return;
    }
    const head = headOf(direction, list, arrival.startTimeNs);
    const isInformational = list.status !== null && list.status < 200 && !arrival.endStream;
    if (side === 'response' && isInformational) record.addInformational(head, timeNs);
    else record.begin(side, head, timeNs);
  }

  /** The head of this side was not seen. */
  #beginUnseen(stream: OpenStream, side: Side, direction: Direction, timeNs: number): void {
    if (stream.record[side] !== null) return;
    stream.record.begin(side, headOf(direction, parseHeaderList([]), timeNs), timeNs);
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
    const stream = this.#enter(id, 'request', true, arrival.startTimeNs);
    if (stream === null) return false;
    this.#noteUnknown(stream.record, arrival);
    const list = parseHeaderList(arrival.block.headers);
    stream.record.begin('request', headOf(direction, list, arrival.startTimeNs), timeNs);
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

function headOf(direction: Direction, list: HeaderList, startTimeNs: number) {
  const { method, url, status, headers, contentCoding } = list;
  const protocol = 'h2' as const;
  return { direction, protocol, method, url, status, reasonPhrase: '', headers, contentCoding, startTimeNs };
}

const lostBytes = 'lost bytes';
const connectionEnded = 'connection ended';
