import type { CaptureEvent } from '../event/event.ts';
import { BodyBudget } from '../protocol/body/body-budget.ts';
import type { ConnectionObserver } from '../protocol/connection-observer.ts';
import { observeConnection } from '../protocol/observe-connection.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import { ConnectionTable } from '../stream/connection-table.ts';
import type { Connection, StreamData, StreamEvent, StreamGap } from '../stream/stream-event.ts';

export interface PipelineSettings {
  /** No protocol parsing: bytes go on as they were captured. */
  readonly raw: boolean;
  /** Body bytes kept per message, and for all unfinished messages together. */
  readonly bodyLimitBytes: number;
  readonly bodyBudgetBytes: number;
  readonly onEvent: (event: ProtocolEvent) => void;
  /** Every event of the streams, before what is made of it: for outputs that want the bytes though protocols are parsed. */
  readonly onStream?: (event: StreamEvent) => void;
}

/** The pure part, composed: capture events in, protocol events out. Live captures and replays use the same one. */
export class Pipeline {
  readonly #settings: PipelineSettings;
  readonly #table: ConnectionTable;
  readonly #observers = new Map<Connection, ConnectionObserver>();
  readonly #bodyBudget: BodyBudget;
  #lastExchangeId = 0;

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#bodyBudget = new BodyBudget(settings.bodyBudgetBytes);
    this.#table = new ConnectionTable((event) => this.#onStream(event));
  }

  readonly handle = (event: CaptureEvent): void => {
    this.#table.handle(event);
  };

  #onStream(event: StreamEvent): void {
    const { onEvent, onStream } = this.#settings;
    onStream?.(event);
    switch (event.type) {
      case 'open':
        onEvent(event);
        if (!this.#settings.raw) this.#observers.set(event.connection, this.#observe(event.connection));
        break;
      case 'data':
        this.#onData(event);
        break;
      case 'gap':
        this.#onGap(event);
        break;
      case 'close':
        this.#observers
          .get(event.connection)
          ?.end(event.timeNs, event.cause === 'end' ? 'capture ended' : 'connection ended');
        this.#observers.delete(event.connection);
        onEvent(event);
        break;
      case 'secret':
      case 'tick':
        onEvent(event);
        break;
    }
  }

  #onData(event: StreamData): void {
    const observer = this.#observers.get(event.connection);
    if (observer) observer.data(event.direction, event.bytes, event.timeNs);
    else this.#settings.onEvent(event);
  }

  #onGap(event: StreamGap): void {
    this.#settings.onEvent(event);
    // A late join is no hole in what follows; the observer knows it from the connection.
    if (event.reason === 'joined-late') return;
    this.#observers.get(event.connection)?.gap(event.direction, event.lengthBytes, event.timeNs);
  }

  #observe(connection: Connection): ConnectionObserver {
    return observeConnection({
      connection,
      emit: this.#settings.onEvent,
      nextExchangeId: () => ++this.#lastExchangeId,
      bodyLimitBytes: this.#settings.bodyLimitBytes,
      bodyBudget: this.#bodyBudget,
    });
  }
}
