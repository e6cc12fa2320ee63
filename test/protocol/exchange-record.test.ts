import { describe, expect, it } from 'vitest';
import { ExchangeRecord } from '../../src/protocol/exchange-record.ts';
import type { MessageHead } from '../../src/protocol/message-record.ts';
import { connection } from './support/watch.ts';

const request: MessageHead = {
  direction: 'read',
  protocol: 'h2',
  method: 'GET',
  url: 'https://h/',
  status: null,
  reasonPhrase: '',
  headers: [],
  contentCoding: '',
  unitType: null,
  startTimeNs: 100,
};
const response: MessageHead = {
  ...request,
  direction: 'write',
  method: null,
  url: null,
  status: 200,
  startTimeNs: 200,
};

function record(): { readonly exchange: ExchangeRecord; readonly events: string[] } {
  const events: string[] = [];
  const exchange = new ExchangeRecord(
    {
      connection: connection(),
      emit: (event) => {
        const status = 'message' in event ? ` ${event.message.status ?? event.message.method}` : '';
        events.push(`${event.type}${status}`);
      },
      nextExchangeId: () => 7,
      bodyLimitBytes: 100,
    },
    'h2',
    3,
    100,
  );
  return { exchange, events };
}

describe('the events of an exchange', () => {
  it('come in their order, once both sides are over', () => {
    const { exchange, events } = record();
    exchange.begin('request', request, 110);
    exchange.pushBody('request', Buffer.from('abc'), 120);
    exchange.end('request', 130);
    exchange.addInformational({ ...response, status: 103 }, 140);
    exchange.begin('response', response, 210);
    exchange.pushBody('response', Buffer.from('x'), 220);
    expect(exchange.durationNs).toBeNull();
    exchange.end('response', 230);
    expect(events).toEqual([
      ...['request GET', 'body GET', 'message-end GET'],
      ...['response 103', 'message-end 103'],
      ...['response 200', 'body 200', 'message-end 200', 'exchange'],
    ]);
    expect([exchange.id, exchange.stream, exchange.durationNs, exchange.isOver]).toEqual([7, 3, 130, true]);
    expect(exchange.informational.map((message) => message.status)).toEqual([103]);
    expect(exchange.response).toMatchObject({ startTimeNs: 200, headTimeNs: 210, endTimeNs: 230, cut: null });
  });

  it('when the answer is complete before the request', () => {
    const { exchange, events } = record();
    exchange.begin('request', request, 1);
    exchange.begin('response', response, 2);
    exchange.end('response', 3);
    expect(events.at(-1)).toBe('message-end 200');
    exchange.pushBody('request', Buffer.from('late'), 4);
    exchange.end('request', 5);
    expect(events.slice(-3)).toEqual(['body GET', 'message-end GET', 'exchange']);
  });

  it('when one side is given up', () => {
    const { exchange, events } = record();
    exchange.cut('request', 'not seen', 1);
    exchange.begin('response', response, 2);
    exchange.cut('response', 'stream reset (CANCEL)', 3);
    expect(events).toEqual(['response 200', 'message-end 200', 'exchange']);
    expect(exchange.request).toBeNull();
    expect(exchange.response).toMatchObject({ cut: 'stream reset (CANCEL)', endTimeNs: null });
    expect(exchange.durationNs).toBeNull();
  });

  it('ignore what comes after the end, or before the beginning', () => {
    const { exchange, events } = record();
    exchange.pushBody('request', Buffer.from('x'), 0);
    exchange.end('response', 0);
    exchange.gapInBody('response', 3, 0);
    exchange.begin('request', request, 1);
    exchange.begin('request', request, 1);
    exchange.close('connection ended', 2);
    exchange.close('connection ended', 3);
    exchange.begin('response', response, 4);
    exchange.addInformational(response, 4);
    exchange.end('request', 4);
    expect(events).toEqual(['request GET', 'message-end GET', 'exchange']);
    expect(exchange.gaps).toBe(0);
  });

  it('gaps and trailers', () => {
    const { exchange } = record();
    exchange.begin('response', response, 1);
    exchange.pushBody('response', Buffer.from('ab'), 1);
    exchange.gapInBody('response', 5, 1);
    exchange.setTrailers('response', [['sum', '1']]);
    expect(exchange.gaps).toBe(1);
    expect(exchange.response?.body.gaps).toEqual([{ offset: 2, lengthBytes: 5 }]);
    expect(exchange.response?.trailers).toEqual([['sum', '1']]);
  });
});
