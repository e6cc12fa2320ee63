import type { Exchange } from '../protocol/exchange.ts';
import type { ExchangeFilter } from '../protocol/filter/filter.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Sink } from './sink.ts';
import type { Totals } from './totals.ts';

/**
 * Passes on only exchanges that fit, each when it is complete: then everything it may be asked for is known. Its events
 * are told again from what was kept of it. What belongs to no exchange is not passed on, losses apart.
 */
export class FilterSink implements Sink {
  readonly #sink: Sink;
  readonly #filter: ExchangeFilter;

  constructor(sink: Sink, filter: ExchangeFilter) {
    this.#sink = sink;
    this.#filter = filter;
  }

  write(event: ProtocolEvent): void {
    switch (event.type) {
      case 'exchange':
        if (this.#filter(event.exchange)) this.#tell(event.exchange, event.timeNs);
        return;
      case 'open':
      case 'close':
      case 'gap':
      case 'tick':
      case 'secret':
        this.#sink.write(event);
        return;
      case 'request':
      case 'response':
      case 'body':
      case 'message-end':
      case 'message':
      case 'control':
      case 'data':
    }
  }

  end(totals: Totals): void {
    this.#sink.end(totals);
  }

  #tell(exchange: Exchange, endTimeNs: number): void {
    for (const message of [exchange.request, ...exchange.informational, exchange.response]) {
      if (message === null) continue;
      const type = message === exchange.request ? 'request' : 'response';
      const timeNs = message.endTimeNs ?? endTimeNs;
      this.#sink.write({ type, timeNs: message.headTimeNs, exchange, message });
      this.#sink.write({ type: 'message-end', timeNs, exchange, message });
    }
    this.#sink.write({ type: 'exchange', timeNs: endTimeNs, exchange });
  }
}
