import { escapeLine } from '../util/escape-text.ts';
import { formatDuration } from '../util/format-duration.ts';
import { formatSize } from '../util/format-size.ts';
import { type Utf8String, toUtf8String } from '../util/utf8-string.ts';
import type { ArrivingMessage } from './arriving-message.ts';
import { parseContentType } from './content-type.ts';
import { formatBodyNotes } from './format-body-notes.ts';
import { formatBodySize } from './format-head-line.ts';
import { formatEnd } from './format-message.ts';
import { formatTarget } from './format-target.ts';
import type { LivePiece } from './live-body.ts';
import type { TextStyle } from './text-style.ts';

/**
 * A piece of a body whose head was printed before: `… (GET /events)  +17 B  data: {"tick":41}`, or on lines of its own
 * where it has several or is long. Empty when there is nothing to show.
 */
export function formatContinuation(arriving: ArrivingMessage, piece: LivePiece, style: TextStyle): string {
  if (piece.lines === '') return '';
  const head = `${formatName(arriving, style)}  +${formatSize(piece.lengthBytes)}`;
  const only = piece.lines.length <= shortLineLimit && piece.lines.indexOf('\n') === piece.lines.length - 1;
  return only ? `${head}  ${piece.lines.slice(indent.length)}` : `${head}\n${piece.lines}\n`;
}

/** The last line of a message that was printed as it came, then trailers and why it was cut. */
export function formatLiveEnd(arriving: ArrivingMessage, timeNs: number, style: TextStyle): Utf8String {
  const { message } = arriving;
  const { mediaType } = parseContentType(message.headers);
  const state = message.cut === null ? 'complete' : 'incomplete';
  const type = arriving.isBinary ? `  ${escapeLine(mediaType ?? 'binary', style.unicode)}` : '';
  const duration = formatDuration(timeNs - message.startTimeNs);
  const line = `${formatName(arriving, style)}  ${state}${type}  ${formatBodySize(message)}  ${duration}`;
  const notes = formatBodyNotes(message, style, { indent, isLive: true });
  return `${toUtf8String(`${line}\n${arriving.takeNotShown()}${notes}`)}${formatEnd(message, style)}\n`;
}

const shortLineLimit = 120;
const indent = '    ';

function formatName(arriving: ArrivingMessage, style: TextStyle): string {
  return style.paint.dim(`${style.ellipsis} (${formatTarget(arriving.exchange, style)})`);
}
