/**
 * The URL of a request (RFC 9112 §3.3): absolute where the host is known, else the target as it was sent. The scheme is
 * `https`, since what is observed is inside TLS. `CONNECT` names no resource: its target is the authority.
 */
export function requestUrl(method: string, target: string, host: string | null): string {
  const isPath = target.startsWith('/');
  const isAsterisk = target === '*';
  if (method === 'CONNECT' || (!isPath && !isAsterisk)) return target;
  if (host === null || !plausibleHost.test(host)) return target;
  return isAsterisk ? `https://${host}` : `https://${host}${target}`;
}

const plausibleHost = /^[^\s/?#@\\]+$/;
