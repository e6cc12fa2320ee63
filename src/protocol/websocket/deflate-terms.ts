import type { Header } from '../exchange.ts';

/** What client and server agreed on about permessage-deflate (RFC 7692 §7.1). */
export interface DeflateTerms {
  /** A message may refer to what the same side said before. */
  readonly clientKeepsContext: boolean;
  readonly serverKeepsContext: boolean;
}

/** By the headers of the response that opened a WebSocket; null when nothing was agreed on. */
export function findDeflateTerms(headers: readonly Header[]): DeflateTerms | null {
  const offers = headers
    .filter(([name]) => name?.toLowerCase() === 'sec-websocket-extensions')
    .flatMap(([, value]) => (typeof value === 'string' ? value.split(',') : []));
  for (const offer of offers) {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase());
    if (name !== 'permessage-deflate') continue;
    return {
      clientKeepsContext: !parameters.includes('client_no_context_takeover'),
      serverKeepsContext: !parameters.includes('server_no_context_takeover'),
    };
  }
  return null;
}
