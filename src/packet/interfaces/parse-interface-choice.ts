/** What `-i` names: `eth0`, `any`, `NS:eth0`; without a namespace it is the one that is the default for the capture. */
export interface InterfaceChoice {
  /** Name of a namespace, number of a process in it, or path; null: not given. */
  readonly namespace: string | null;
  /** `any` stands for all. */
  readonly name: string;
}

/** The kernel allows no colon in a name; a path may have some. Undefined for what cannot be a name. */
export function parseInterfaceChoice(text: string): InterfaceChoice | undefined {
  const colon = text.lastIndexOf(':');
  const name = text.slice(colon + 1);
  // dev_valid_name() in net/core/dev.c.
  if (name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > 15 || /[/\s]/.test(name))
    return undefined;
  if (colon === 0) return undefined;
  return { namespace: colon < 0 ? null : text.slice(0, colon), name };
}
