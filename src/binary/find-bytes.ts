import type { ByteSource } from './byte-source.ts';
import { ChunkReader, chunkBytes } from './chunk-reader.ts';

/**
 * File offsets of `pattern` within `[start, end)`, in order, overlapping ones too. Reads chunk by chunk and only as far
 * as the caller goes on.
 */
export function* findBytes(
  source: ByteSource,
  pattern: Buffer,
  start: number,
  end: number,
): Generator<number, void, undefined> {
  const reader = new ChunkReader(source);
  const overlapBytes = pattern.length - 1;
  for (let offset = start; offset + overlapBytes < end; offset += chunkBytes) {
    const chunk = reader.read(offset, Math.min(chunkBytes + overlapBytes, end - offset));
    let position = chunk.indexOf(pattern);
    while (position >= 0) {
      yield offset + position;
      position = chunk.indexOf(pattern, position + 1);
    }
  }
}
