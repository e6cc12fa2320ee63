export interface RequestTarget {
  readonly method: string | null;
  readonly scheme: string | null;
  readonly authority: string | null;
  readonly path: string | null;
}

/**
 * The URL that the pseudo-headers of a request stand for (RFC 9113 §8.3.1): absolute where the authority is known, else
 * the path; null when that is not known either. A plain CONNECT has an authority only (§8.5). Where the scheme is
 * not known it is `https`: what is observed is inside TLS.
 */
export function formatRequestUrl(target: RequestTarget): string | null {
  const { method, authority, path } = target;
  if (path === null) return method === 'CONNECT' ? authority : null;
  if (authority === null) return path;
  const origin = `${target.scheme ?? 'https'}://${authority}`;
  // RFC 9110 §7.1: `*` stands for the server itself, the URL has no path.
  if (path === '*') return origin;
  return path.startsWith('/') ? origin + path : path;
}
