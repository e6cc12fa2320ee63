import { formatPlural } from '../util/format-plural.ts';
import type { TextStyle } from './text-style.ts';

/** `… 1,048,476 more bytes (-t)`: what a limit set by the user hides. */
export function formatNotShown(bytes: number, style: TextStyle): string {
  return style.paint.dim(`${style.ellipsis} ${formatPlural(bytes, 'more byte')} (-t)`);
}
