import { isUtf8 } from 'node:buffer';
import type { Direction } from '../../event/event.ts';
import type { ConnectionObserver, EndReason, ObserverContext } from '../connection-observer.ts';
import type { Exchange } from '../exchange.ts';
import type { DeflateTerms } from './deflate-terms.ts';
import { opcode } from './frame-header.ts';
import { MessageInflater } from './message-inflater.ts';
import { WebSocketDirection, type WebSocketMessage } from './websocket-direction.ts';

export interface WebSocketSettings {
  readonly context: ObserverContext;
  /** The exchange that opened it; null where that was not seen. */
  readonly exchange: Exchange | null;
  /** Which direction is the client's; null when that is not known. */
  readonly client: Direction | null;
  /** What the two agreed on about compression; null when they did not, or it is not known. */
  readonly deflate: DeflateTerms | null;
}

/** A WebSocket connection (RFC 6455) after its opening: each message, and each control frame, is one `message`. */
export class WebSocketObserver implements ConnectionObserver {
  readonly #settings: WebSocketSettings;
  readonly #directions: Readonly<Record<Direction, WebSocketDirection>>;
  readonly #inflaters: Readonly<Record<Direction, MessageInflater | null>>;

  constructor(settings: WebSocketSettings) {
    this.#settings = settings;
    this.#inflaters = { read: this.#makeInflater('read'), write: this.#makeInflater('write') };
    this.#directions = { read: this.#makeDirection('read'), write: this.#makeDirection('write') };
  }

  data(direction: Direction, bytes: Uint8Array, timeNs: number): void {
    this.#directions[direction].data(bytes, timeNs);
  }

  gap(direction: Direction, lengthBytes: number | null, timeNs: number): void {
    this.#directions[direction].gap(lengthBytes, timeNs);
    if (lengthBytes !== 0) this.#inflaters[direction]?.lose();
  }

  end(timeNs: number, reason: EndReason): void {
    this.#directions.read.end(timeNs, reason);
    this.#directions.write.end(timeNs, reason);
  }

  #makeDirection(direction: Direction): WebSocketDirection {
    const { context, exchange, client } = this.#settings;
    const { connection, emit } = context;
    return new WebSocketDirection(
      {
        message: (message, timeNs) => this.#emit(direction, message, timeNs),
        raw: (bytes, offset, timeNs) =>
          emit({ type: 'data', timeNs, connection, direction, offset, tid: connection.tid, bytes }),
      },
      {
        limitBytes: context.bodyLimitBytes,
        budget: context.bodyBudget,
        isMasked: client === null ? null : direction === client,
        isInside: exchange === null,
      },
    );
  }

  #makeInflater(direction: Direction): MessageInflater | null {
    const { context, client, deflate } = this.#settings;
    if (deflate === null || client === null) return null;
    const keepsContext = direction === client ? deflate.clientKeepsContext : deflate.serverKeepsContext;
    return new MessageInflater(keepsContext, context.bodyLimitBytes);
  }

  #emit(direction: Direction, message: WebSocketMessage, timeNs: number): void {
    const { context, exchange } = this.#settings;
    const content = this.#decode(direction, message);
    const common = { timeNs, connection: context.connection, direction, exchange, protocol: 'websocket' };
    const kind = kinds.get(message.opcode) ?? 'binary';
    if (kind === 'close')
      return context.emit({ ...common, ...content, ...describeClose(content.bytes), kind });
    const isText = content.isKnown && kind !== 'binary' && isUtf8(content.bytes);
    context.emit({ ...common, ...content, type: 'message', kind, isText, fields: noFields, describe: null });
  }

  #decode(direction: Direction, { isCompressed, bytes, cut, wireLengthBytes }: WebSocketMessage): Content {
    const inflater = this.#inflaters[direction];
    if (!isCompressed)
      return { bytes, isKnown: true, cut, lengthBytes: wireLengthBytes, wireLengthBytes: null };
    const unknown = { bytes, isKnown: false, lengthBytes: null, wireLengthBytes };
    if (inflater === null) return { ...unknown, cut: cut ?? 'compressed, on terms that were not seen' };
    if (cut !== null) {
      inflater.lose();
      return { ...unknown, cut: `${cut}; compressed` };
    }
    const inflated = inflater.inflate(bytes);
    if (inflated.bytes === null) return { ...unknown, cut: inflated.cut };
    return {
      bytes: inflated.bytes,
      isKnown: true,
      cut: null,
      lengthBytes: inflated.bytes.length,
      wireLengthBytes,
    };
  }
}

interface Content {
  readonly bytes: Uint8Array;
  readonly isKnown: boolean;
  readonly cut: string | null;
  readonly lengthBytes: number | null;
  readonly wireLengthBytes: number | null;
}

const kinds: ReadonlyMap<number, string> = new Map([
  [opcode.text, 'text'],
  [opcode.binary, 'binary'],
  [opcode.close, 'close'],
  [opcode.ping, 'ping'],
  [opcode.pong, 'pong'],
]);

/** RFC 6455 §5.5.1: a code in two bytes, then a reason; or nothing. */
function describeClose(bytes: Uint8Array): {
  readonly type: 'message';
  readonly describe: null;
  readonly bytes: Uint8Array;
  readonly lengthBytes: number;
  readonly isText: boolean;
  readonly fields: readonly (readonly [string, string])[];
} {
  const hasCode = bytes.length >= 2;
  const reason = bytes.subarray(hasCode ? 2 : 0);
  const code = hasCode ? (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0) : null;
  return {
    type: 'message',
    describe: null,
    bytes: reason,
    lengthBytes: reason.length,
    isText: isUtf8(reason),
    fields: code === null ? noFields : [['code', String(code)]],
  };
}

const noFields: readonly never[] = Object.freeze([]);
