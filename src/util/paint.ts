/** Puts colour around a text; a text is never legible by colour alone. */
export interface Paint {
  readonly enabled: boolean;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly magenta: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** With `enabled` false every function returns its argument. */
export function createPaint(enabled: boolean): Paint {
  // SGR codes, ECMA-48 §8.3.117. Each is closed by its own "off" code, so that they nest.
  const style = (on: number, off: number): ((text: string) => string) =>
    enabled ? (text) => `\x1b[${on}m${text}\x1b[${off}m` : (text) => text;
  return {
    enabled,
    dim: style(2, 22),
    bold: style(1, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    blue: style(34, 39),
    magenta: style(35, 39),
    cyan: style(36, 39),
  };
}
