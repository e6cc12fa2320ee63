import type { Header } from '../exchange.ts';
import { findUnitType, type UnitType } from '../unit-type.ts';
import { formatRequestUrl } from './format-request-url.ts';

/** A decoded field block, read as HTTP (RFC 9113 §8.3). */
export interface HeaderList {
  /** What its pseudo-headers say it is; null where none are known (trailers, or HPACK joined late). */
  readonly kind: 'request' | 'response' | null;
  /** It begins with a field that is known and no pseudo-header, so it is no head. */
  readonly isTrailers: boolean;
  readonly method: string | null;
  readonly url: string | null;
  readonly status: number | null;
  /**
   * Without the pseudo-headers that `method`, `url` and `status` express. What they cannot express stays: `:protocol`,
   * an `:authority` without a path, what is repeated, malformed or not defined.
   */
  readonly headers: readonly Header[];
  /** `content-encoding`, several fields joined with commas; empty when there is none. */
  readonly contentCoding: string;
  /** Of a body that is made of units. */
  readonly unitType: UnitType | null;
}

export function parseHeaderList(fields: readonly Header[]): HeaderList {
  const pseudo = new Map<string, string>();
  const headers: Header[] = [];
  const codings: string[] = [];
  let host: string | null = null;
  let unitType: UnitType | null = null;
  for (const field of fields) {
    const [name, value] = field;
    if (name !== null && typeof value === 'string') {
      if (pseudoValues.get(name)?.test(value) === true && !pseudo.has(name)) {
        pseudo.set(name, value);
        continue;
      }
      if (name === 'host') host ??= value;
      else if (name === 'content-encoding') codings.push(value);
      else if (name === 'content-type') unitType ??= findUnitType(value);
    }
    headers.push(field);
  }
  const method = pseudo.get(':method') ?? null;
  const path = pseudo.get(':path') ?? null;
  const authority = pseudo.get(':authority') ?? null;
  const url = formatRequestUrl({
    method,
    path,
    authority: authority ?? host,
    scheme: pseudo.get(':scheme') ?? null,
  });
  if (authority !== null && (url === null || url === path)) headers.unshift([':authority', authority]);
  const first = fields[0]?.[0] ?? null;
  const status = pseudo.get(':status');
  return {
    kind: status === undefined ? (pseudo.size === 0 ? null : 'request') : 'response',
    isTrailers: first !== null && !first.startsWith(':'),
    method,
    url,
    status: status === undefined ? null : Number(status),
    headers,
    contentCoding: codings.join(', '),
    unitType,
  };
}

/** The pseudo-headers that a message's own fields express, and the values for which they can. */
const pseudoValues: ReadonlyMap<string, RegExp> = new Map([
  [':method', /^/],
  [':scheme', /^[a-z][-a-z0-9+.]*$/i],
  [':authority', /^[^\s/?#\\]+$/],
  [':path', /^/],
  [':status', /^[1-9][0-9]{2}$/],
]);
