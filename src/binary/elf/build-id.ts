import type { ByteSource } from '../byte-source.ts';
import { segmentType, type ElfSegment } from './segments.ts';

/** The GNU build-id in hex, from the note segments; null without one. Go's own build-id is another note. */
export function readBuildId(source: ByteSource, segments: readonly ElfSegment[]): string | null {
  const notes = segments.filter((segment) => segment.type === segmentType.note);
  for (const segment of notes.slice(0, maximumSegments)) {
    const id = findBuildId(source.read(segment.offset, Math.min(segment.fileSizeBytes, maximumBytes)));
    if (id !== null) return id;
  }
  return null;
}

const maximumSegments = 64;
const maximumBytes = 64 * 1024;
const gnuBuildId = 3;

/** A note: name size, description size, type (u32 each), then name and description, each padded to 4 bytes. */
function findBuildId(bytes: Buffer): string | null {
  let position = 0;
  while (position + 12 <= bytes.length) {
    const nameBytes = bytes.readUInt32LE(position);
    const descriptionBytes = bytes.readUInt32LE(position + 4);
    const type = bytes.readUInt32LE(position + 8);
    const name = position + 12;
    const description = name + padded(nameBytes);
    const end = description + descriptionBytes;
    if (end > bytes.length) return null;
    const isGnu = bytes.toString('latin1', name, name + nameBytes) === 'GNU\0';
    if (isGnu && type === gnuBuildId && descriptionBytes > 0 && descriptionBytes <= 64) {
      return bytes.toString('hex', description, end);
    }
    position = description + padded(descriptionBytes);
  }
  return null;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
