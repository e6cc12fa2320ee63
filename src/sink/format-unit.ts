import type { UnitMessage } from '../protocol/protocol-event.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatSize } from '../util/format-size.ts';
import { type ChunkFormat, formatChunk } from './format-chunk.ts';
import { formatTarget } from './format-target.ts';

/**
 * A unit of a stream: `/events  sse event  id=41  13 B  {"tick":41}`, `ws text  12 B  hello there`. Content that is not
 * one short line of text stands below.
 */
export function formatUnit(event: UnitMessage, format: ChunkFormat): string {
  const { style } = format;
  const target =
    event.exchange === null ? '' : `${style.paint.dim(`(${formatTarget(event.exchange, style)})`)}  `;
  const fields = event.fields
    .map(([name, value]) => `  ${escapeLine(`${name}=${value}`, style.unicode)}`)
    .join('');
  const wire = event.wireLengthBytes === null ? '' : `  (${formatSize(event.wireLengthBytes)} compressed)`;
  const cut = event.cut === null ? '' : `  ${style.paint.yellow(`${style.warning} ${event.cut}`)}`;
  const head = `${target}${event.protocol} ${event.kind}${fields}${wire}${cut}`;
  if (event.bytes.length === 0) return `${head}\n`;
  return `${head}  ${formatChunk(event.bytes, 0, format)}`;
}
