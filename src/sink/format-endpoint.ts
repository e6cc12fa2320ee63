import type { Endpoint } from '../event/event.ts';

/** `10.0.0.7:443`, `[::1]:443`, `unix:/run/app.sock`, `unix:@abstract`; `?` where it is not known. Not escaped. */
export function formatEndpoint(endpoint: Endpoint | null): string {
  if (endpoint === null) return '?';
  if ('path' in endpoint) return `unix:${endpoint.path}`;
  return endpoint.address.includes(':')
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;
}
