import type { Exchange, HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import type { TextStyle } from './text-style.ts';

/** Names an exchange by its request, short: `GET /api/items?page=2`; a URL that is very long is cut. */
export function formatTarget(exchange: Exchange, style: TextStyle): string {
  const { request } = exchange;
  if (request === null) {
    return exchange.joinedLate ? 'request sent before the capture joined' : 'request not seen';
  }
  return formatRequestTarget(request, style);
}

/** As {@link formatTarget}, of a request that was seen. */
export function formatRequestTarget(request: HttpMessage, style: TextStyle): string {
  const path = request.url === null ? '?' : pathOf(request.url);
  const short = path.length > lengthLimit ? `${path.slice(0, lengthLimit)}${style.ellipsis}` : path;
  return escapeLine(`${request.method ?? '?'} ${short}`, style.unicode);
}

/** A URL without its scheme: `shop.local/api/items?page=2`. */
export function withoutScheme(url: string): string {
  const start = url.indexOf('://');
  return start > 0 && start <= schemeLimit ? url.slice(start + 3) : url;
}

const lengthLimit = 100;
const schemeLimit = 10;

function pathOf(url: string): string {
  const rest = withoutScheme(url);
  if (rest === url) return url;
  const slash = rest.indexOf('/');
  return slash === -1 ? rest : rest.slice(slash);
}
