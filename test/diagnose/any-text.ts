import fc from 'fast-check';

/** Any characters up to U+00FF, control characters among them; much faster than fast-check's `binary` strings. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
}
