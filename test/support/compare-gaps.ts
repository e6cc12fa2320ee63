import type { CapturedStream } from './streams.ts';

/**
 * Compares a stream that may have gaps with what was really sent: bytes must stand where they belong, and bytes and gaps
 * together must be all of it. Says in words what differs; the stream must have been put together with `keepBytes`.
 */
export function compareGaps(stream: CapturedStream, sent: Buffer): string[] {
  const pieces: Buffer[] = [];
  let position = 0;
  let missing = 0;
  for (const gap of stream.gaps) {
    const offset = Number(gap['offset']);
    const length = Number(gap['length']);
    if (gap['length'] === null) return [`a gap of unknown length at ${offset}: ${String(gap['reason'])}`];
    if (length <= 0 || offset < position) return [`a gap of ${length} bytes at ${offset}, after ${position}`];
    pieces.push(sent.subarray(position, offset));
    position = offset + length;
    missing += length;
  }
  pieces.push(sent.subarray(position));
  const problems: string[] = [];
  if (stream.lengthBytes + missing !== sent.length)
    problems.push(`${stream.lengthBytes} bytes and ${missing} missing, of ${sent.length}`);
  if (!Buffer.concat(pieces).equals(stream.bytes)) problems.push('other bytes than were sent');
  return problems;
}
