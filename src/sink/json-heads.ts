import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import type { Utf8String } from '../util/utf8-string.ts';
import { HeadMemo } from './head-memo.ts';
import { safeJson, safeJsonString } from './safe-json.ts';

/** The fields of heads. Each is asked for twice, when its head is complete and at the end of its exchange. */
export class JsonHeads {
  readonly #requests = new HeadMemo(formatRequest);
  readonly #responses = new HeadMemo(formatResponse);
  /** Of messages whose exchange goes on, and that the memos do not keep. */
  readonly #current = new Map<HttpMessage, Utf8String>();

  /** `"method":"GET","url":"https://…","headers":[…]`, or with `"status":200,"reasonPhrase":"OK"`. */
  find(message: HttpMessage, isRequest: boolean): Utf8String {
    const memo = isRequest ? this.#requests : this.#responses;
    return this.#current.get(message) ?? memo.find(message);
  }

  /** As {@link find}, and keeps it until the exchange is over. */
  begin(exchange: Exchange, message: HttpMessage, isRequest: boolean): Utf8String {
    const fields = this.find(message, isRequest);
    const isAskedForAgain = message === exchange.request || message === exchange.response;
    // What is frozen is in a memo.
    if (isAskedForAgain && !Object.isFrozen(message.headers)) this.#current.set(message, fields);
    return fields;
  }

  end({ request, response }: Exchange): void {
    if (this.#current.size === 0) return;
    if (request !== null) this.#current.delete(request);
    if (response !== null) this.#current.delete(response);
  }
}

function formatRequest({ method, url, headers }: HttpMessage): Utf8String {
  return `"method":${safeJsonString(method)},"url":${safeJsonString(url)},"headers":${formatHeaders(headers)}`;
}

function formatResponse({ status, reasonPhrase, headers }: HttpMessage): Utf8String {
  return `"status":${status},"reasonPhrase":${safeJsonString(reasonPhrase)},"headers":${formatHeaders(headers)}`;
}

function formatHeaders(headers: HttpMessage['headers']): Utf8String {
  return safeJson(JSON.stringify(headers));
}
