import { contentDecoders } from './content-decoders.ts';

/** What a `Content-Encoding` value asks for. */
export interface ContentCodings {
  /** Codings that can be removed, in the order they were applied, so the last is removed first. */
  readonly removable: readonly string[];
  /** Why content stays encoded after those are removed; null when it does not. */
  readonly problem: string | null;
}

/**
 * Reads a `Content-Encoding` value (RFC 9110 §8.4): codings in the order they were applied. Those that can be removed
 * are the ones after the last that is not known.
 */
export function parseContentCodings(value: string): ContentCodings {
  if (value === '') return none;
  const known = cache.get(value);
  if (known !== undefined) return known;
  const codings = parse(value);
  if (cache.size < maxCached && value.length <= maxCachedLength) cache.set(value, codings);
  return codings;
}

function parse(value: string): ContentCodings {
  const names = value
    .split(',')
    .map((name) => aliases.get(name.trim().toLowerCase()) ?? name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const unknownAt = names.findLastIndex((name) => !contentDecoders.has(name));
  const removable = names.slice(unknownAt + 1);
  if (removable.length > maxCodings) {
    return { removable: [], problem: `left encoded: ${names.length} content codings` };
  }
  const unknown = names[unknownAt];
  if (unknown === undefined) return { removable, problem: null };
  return {
    removable,
    problem: `left encoded: content coding ${unknown.slice(0, 64)} is not supported${hint(unknown)}`,
  };
}

function hint(name: string): string {
  return name === 'zstd' ? ' by this Node (22.15 is the first)' : '';
}

/** RFC 9110 §8.4.1: `x-gzip` is to be taken as `gzip`. */
const aliases = new Map([['x-gzip', 'gzip']]);
const maxCodings = 4;

const none: ContentCodings = { removable: [], problem: null };
/** Programs send the same few values all the time. */
const cache = new Map<string, ContentCodings>();
const maxCached = 32;
const maxCachedLength = 64;
