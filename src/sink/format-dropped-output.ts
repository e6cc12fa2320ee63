import { formatPlural } from '../util/format-plural.ts';
import type { TextStyle } from './text-style.ts';

/** `⚠ 12,345 bytes of output dropped here: the reader is too slow` */
export function formatDroppedOutput(bytes: number, style: TextStyle): string {
  const text = `${style.warning} ${formatPlural(bytes, 'byte')} of output dropped here: the reader is too slow`;
  return `${style.paint.yellow(text)}\n`;
}
