import type { GapReason } from '../event/event.ts';
import { formatPlural } from '../util/format-plural.ts';
import type { TextStyle } from './text-style.ts';

/** `⚠ 16,384 bytes lost here (ring full)`; `reason` is null where it is said elsewhere. */
export function formatGap(lengthBytes: number | null, reason: GapReason | null, style: TextStyle): string {
  const amount = lengthBytes === null ? 'an unknown number of bytes' : formatPlural(lengthBytes, 'byte');
  const why = reason === null ? '' : ` (${gapReasonText[reason]})`;
  return style.paint.yellow(`${style.warning} ${amount} lost here${why}`);
}

export const gapReasonText: Readonly<Record<GapReason, string>> = {
  'ring-full': 'ring full',
  fault: 'memory of the process could not be read',
  'too-long': 'longer than what is captured of one call',
  'table-full': 'table of connections full',
  'joined-late': 'sent before the capture joined',
  sink: 'the reader of the output is too slow',
};
