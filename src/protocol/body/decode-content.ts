import { type ContentDecoder, contentDecoders } from './content-decoders.ts';
import type { ContentCodings } from './parse-content-codings.ts';

/** See `Body.decoded`. */
export interface DecodedContent {
  readonly bytes: Uint8Array;
  readonly lengthBytes: number | null;
  readonly problem: string | null;
}

/**
 * Removes content codings from a body, as far as it goes: a body that was cut, or breaks in the middle, still gives
 * its beginning. `isWhole` says that all wire bytes are there; `limitBytes` bounds the output, whatever it expands to.
 */
export function decodeContent(
  wire: Uint8Array,
  codings: ContentCodings,
  options: { readonly isWhole: boolean; readonly limitBytes: number },
): DecodedContent {
  let part: Part = { bytes: wire, isWhole: options.isWhole, problem: null };
  // HEAD, 304 and empty bodies carry the header field, too.
  if (wire.length > 0) {
    const limitBytes = Math.max(1, Math.min(options.limitBytes, maxOutputBytes));
    for (const name of codings.removable.toReversed()) part = removeCoding(name, part, limitBytes);
  }
  const problem = part.problem ?? codings.problem;
  return {
    bytes: part.bytes,
    lengthBytes: part.isWhole && problem === null ? part.bytes.length : null,
    problem,
  };
}

interface Part {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
  readonly problem: string | null;
}

function removeCoding(name: string, part: Part, limitBytes: number): Part {
  let best: Part | null = null;
  for (const decode of contentDecoders.get(name) ?? []) {
    const tried = decodeWith(decode, name, part, limitBytes);
    if (tried.problem === part.problem) return tried;
    if (best === null || tried.bytes.length > best.bytes.length) best = tried;
  }
  return best ?? part;
}

function decodeWith(decode: ContentDecoder, name: string, part: Part, limitBytes: number): Part {
  const first = attempt(decode, part.bytes, limitBytes, !part.isWhole);
  if (first.bytes !== null) return { bytes: first.bytes, isWhole: part.isWhole, problem: part.problem };
  if (first.code === 'Z_BUF_ERROR') {
    const lenient = attempt(decode, part.bytes, limitBytes, true);
    if (lenient.bytes !== null)
      return { bytes: lenient.bytes, isWhole: false, problem: `${name} data ends early` };
  }
  const beginning = decodeBeginning(decode, part.bytes, limitBytes);
  const problem =
    first.code === 'ERR_BUFFER_TOO_LARGE'
      ? `decodes to more than ${limitBytes} bytes`
      : `${name} data is broken after ${beginning.length} decoded bytes`;
  return { bytes: beginning, isWhole: false, problem: part.problem ?? problem };
}

/**
 * What comes out of the longest prefix that decodes. Node's synchronous calls give nothing at all when the output is
 * too large or an error comes late, so the prefix is searched for: doubled until it is too long, which costs no more
 * than its output, then halved, within a fixed amount of work.
 */
function decodeBeginning(decode: ContentDecoder, wire: Uint8Array, limitBytes: number): Uint8Array {
  let best: Uint8Array = empty;
  let good = 0;
  let bad = wire.length;
  let work = 0;
  while (bad - good > 1 && work < maxWork * limitBytes) {
    const isDoubling = bad === wire.length && good < bad >> 1;
    const length = isDoubling ? Math.max(2 * good, firstPrefixBytes) : good + ((bad - good) >> 1);
    const prefix = Math.min(length, bad - 1);
    const tried = attempt(decode, wire.subarray(0, prefix), limitBytes, true);
    if (tried.bytes === null) bad = prefix;
    else {
      good = prefix;
      best = tried.bytes;
    }
    work += tried.code === 'ERR_BUFFER_TOO_LARGE' ? limitBytes : Math.max(best.length, prefix);
  }
  return best;
}

function attempt(
  decode: ContentDecoder,
  wire: Uint8Array,
  limitBytes: number,
  mayEndEarly: boolean,
): { readonly bytes: Buffer; readonly code: null } | { readonly bytes: null; readonly code: string } {
  try {
    return { bytes: decode(wire, limitBytes, mayEndEarly), code: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { bytes: null, code };
  }
}

const maxOutputBytes = 0x7fff_ffff;
const firstPrefixBytes = 64;
/** In multiples of the output's limit. */
const maxWork = 8;
const empty = Buffer.alloc(0);
