import { type Paint, createPaint } from '../util/paint.ts';

/** How text output looks: colours, and signs that a terminal without UTF-8 can show. */
export interface TextStyle {
  readonly paint: Paint;
  readonly unicode: boolean;
  /** The arrows are seen from the process: what it read comes to it. */
  readonly read: string;
  readonly write: string;
  readonly both: string;
  readonly warning: string;
  readonly ellipsis: string;
}

export function createTextStyle(options: { readonly color: boolean; readonly unicode: boolean }): TextStyle {
  const signs = options.unicode ? unicodeSigns : asciiSigns;
  return { paint: createPaint(options.color), unicode: options.unicode, ...signs };
}

const unicodeSigns = { read: '←', write: '→', both: '↔', warning: '⚠', ellipsis: '…' };
const asciiSigns = { read: '<-', write: '->', both: '--', warning: '!', ellipsis: '...' };
