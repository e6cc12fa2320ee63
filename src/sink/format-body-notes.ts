import type { HttpMessage } from '../protocol/exchange.ts';
import { escapeLine } from '../util/escape-text.ts';
import { formatCount } from '../util/format-count.ts';
import type { TextStyle } from './text-style.ts';

/** Lines that say why a body is not shown whole; `isLive`: it was shown as it came, beyond what is kept of it. */
export function formatBodyNotes(
  message: HttpMessage,
  style: TextStyle,
  options: { readonly indent: string; readonly isLive: boolean },
): string {
  const { body } = message;
  let notes = '';
  const warn = (text: string): void => {
    notes += `${options.indent}${style.paint.yellow(`${style.warning} ${text}`)}\n`;
  };
  if (body.truncated && !(options.isLive && body.encoding === null))
    warn(`only the beginning is shown: the body has ${formatCount(body.wireLengthBytes)} bytes`);
  if (body.gaps.length > 0 && body.encoding !== null)
    warn(`what came after the lost bytes cannot be decoded (${body.encoding})`);
  const { problem } = body.decoded();
  if (problem !== null) warn(escapeLine(problem, style.unicode));
  return notes;
}
