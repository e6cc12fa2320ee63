import { Buffer } from 'node:buffer';
import type { Exchange, HttpMessage } from '../exchange.ts';

export type FieldValue = string | number;

/** A field by its name; `header` is set for `header["name"]`, in lower case. */
export interface Field {
  readonly name: string;
  readonly header: string | null;
}

type Known = FieldValue | null | undefined | readonly (FieldValue | null)[];

/** Names of fields without a parameter, and what they are. */
const fields: ReadonlyMap<string, (exchange: Exchange) => Known> = new Map<
  string,
  (exchange: Exchange) => Known
>([
  ['method', ({ request }) => request?.method],
  ['url', ({ request }) => request?.url],
  ['scheme', (exchange) => parsedUrl(exchange)?.protocol.slice(0, -1)],
  ['host', (exchange) => parsedUrl(exchange)?.host],
  ['path', (exchange) => findPath(exchange)],
  ['query', (exchange) => parsedUrl(exchange)?.search.slice(1)],
  ['status', ({ response }) => response?.status],
  ['protocol', ({ protocol }) => protocol],
  ['stream', ({ stream }) => stream],
  /** In nanoseconds, as units of the language are. */
  ['duration', ({ durationNs }) => durationNs],
  ['size', ({ response }) => bodySize(response)],
  ['body', ({ request, response }) => [bodyText(request), bodyText(response)]],
  ['request.body', ({ request }) => bodyText(request)],
  ['response.body', ({ response }) => bodyText(response)],
  ['request.size', ({ request }) => bodySize(request)],
  ['response.size', ({ response }) => bodySize(response)],
  ['type', ({ response }) => mediaType(response)],
  ['process', ({ connection }) => connection.comm],
  ['pid', ({ connection }) => connection.pid],
  ['exe', ({ connection }) => connection.exe],
  ['role', ({ connection }) => connection.role],
  ['family', ({ connection }) => connection.family],
  ['connection', ({ connection }) => connection.id],
  ['exchange', ({ id }) => id],
  ['remote', ({ connection }) => formatEndpoint(connection.remote)],
  ['local', ({ connection }) => formatEndpoint(connection.local)],
  ['gaps', ({ gaps }) => gaps],
]);

export const fieldNames: readonly string[] = [...fields.keys(), 'header["name"]'];

export function isFieldName(name: string): boolean {
  return fields.has(name);
}

/** What is known of a field: nothing, one value, or several. */
export function readField(field: Field, exchange: Exchange): readonly FieldValue[] {
  const { name, header } = field;
  if (header !== null) {
    return [exchange.request, exchange.response].flatMap((message) => headerValues(message, header));
  }
  const value = fields.get(name)?.(exchange);
  if (value === null || value === undefined) return [];
  if (typeof value === 'string' || typeof value === 'number') return [value];
  return value.filter((one) => one !== null);
}

function headerValues(message: HttpMessage | null, wanted: string): string[] {
  const all = [...(message?.headers ?? []), ...(message?.trailers ?? [])];
  return all.flatMap(([name, value]) =>
    name?.toLowerCase() === wanted && typeof value === 'string' ? [value] : [],
  );
}

function parsedUrl({ request }: Exchange): URL | null {
  const url = request?.url ?? null;
  return url !== null && URL.canParse(url) ? new URL(url) : null;
}

function findPath(exchange: Exchange): string | null {
  const url = exchange.request?.url ?? null;
  if (url === null) return null;
  return parsedUrl(exchange)?.pathname ?? url.split('?', 1)[0] ?? null;
}

function bodyText(message: HttpMessage | null): string | null {
  if (message === null) return null;
  const { bytes } = message.body.decoded();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function bodySize(message: HttpMessage | null): number | null {
  if (message === null) return null;
  return message.body.decoded().lengthBytes ?? message.body.wireLengthBytes;
}

function mediaType(message: HttpMessage | null): string | null {
  return headerValues(message, 'content-type')[0]?.split(';', 1)[0]?.trim().toLowerCase() ?? null;
}

function formatEndpoint(endpoint: Exchange['connection']['remote']): string | null {
  if (endpoint === null) return null;
  if ('path' in endpoint) return endpoint.path;
  return endpoint.address.includes(':')
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;
}
