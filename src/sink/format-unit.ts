import type { UnitMessage } from '../protocol/protocol-event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatSize } from '../util/format-size.ts';
import { type ChunkFormat, formatChunk } from './format-chunk.ts';
import { formatTarget } from './format-target.ts';

/**
 * A unit of a stream: `(GET /events)  sse event  id=41  13 B  {"tick":41}`, `websocket text  12 B  hello there`. Content
 * that is not one short line of text stands below.
 */
export function formatUnit(event: UnitMessage, format: ChunkFormat): string {
  const { style } = format;
  const head = formatHead(event, format);
  const described = format.hex ? undefined : event.describe?.();
  if (described !== undefined) {
    const size = event.lengthBytes === null ? '' : `${formatSize(event.lengthBytes)}  `;
    return `${head}  ${size}${cutTo(escapeLine(described, style.unicode), format)}\n`;
  }
  return event.bytes.length === 0 ? `${head}\n` : `${head}  ${formatChunk(event.bytes, 0, format)}`;
}

function formatHead(event: UnitMessage, { style }: ChunkFormat): string {
  const { exchange, protocol, kind, fields, wireLengthBytes, cut } = event;
  const target = exchange === null ? '' : `${style.paint.dim(`(${formatTarget(exchange, style)})`)}  `;
  const details = fields
    .map(([name, value]) => `  ${escapeLine(`${name}=${value}`, style.unicode)}`)
    .join('');
  const wire = wireLengthBytes === null ? '' : `  (compressed ${formatSize(wireLengthBytes)})`;
  const warning = cut === null ? '' : `  ${style.paint.yellow(`${style.warning} ${cut}`)}`;
  return `${target}${protocol} ${kind}${details}${wire}${warning}`;
}

function cutTo(text: string, { sizeLimitBytes, style }: ChunkFormat): string {
  const most = sizeLimitBytes ?? Infinity;
  return text.length > most ? `${text.slice(0, most)}${style.ellipsis}` : text;
}
