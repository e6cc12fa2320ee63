/** Kinds of bodies that are made of units. */
export type UnitType = 'sse' | 'grpc' | 'grpc-web' | 'grpc-web-text';

/** By the value of `Content-Type`; null for bodies that are one piece of content. */
export function findUnitType(contentType: string): UnitType | null {
  // Nearly all are none, and that is seen at a glance.
  const first = contentType.charCodeAt(0) | 0x20;
  if (first !== 0x74 && first !== 0x61) return null;
  const media = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (media === 'text/event-stream') return 'sse';
  if (!media.startsWith(grpc)) return null;
  const rest = media.slice(grpc.length);
  if (rest === '' || rest.startsWith('+')) return 'grpc';
  if (rest === '-web' || rest.startsWith('-web+')) return 'grpc-web';
  return rest === '-web-text' || rest.startsWith('-web-text+') ? 'grpc-web-text' : null;
}

const grpc = 'application/grpc';
