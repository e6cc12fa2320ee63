import { formatSecretsBlock, secretsBlockOverheadBytes } from './secrets-block.ts';

/** What fills the place: a comment of the key log format, in one line, which readers pass over. */
const fillerStart = '# room for secrets that come after their packets ';

/**
 * A secrets block of fixed length near the start of a file, for secrets that come after the packets that need them. It
 * is filled with a comment: custom blocks, which are there for such things, are shown as frames of their own by tshark.
 */
export class LateSecrets {
  readonly #textBytes: number;
  #lines = '';
  #changed = false;

  /** @param reservedBytes length of the block, a multiple of four */
  constructor(reservedBytes: number) {
    this.#textBytes = reservedBytes - secretsBlockOverheadBytes;
  }

  /** Whether {@link format} gives something else than the last time. */
  get changed(): boolean {
    return this.#changed;
  }

  /** False when there is no room for it. `share` of the place may be in use afterwards. */
  add(line: string, share: number = 1): boolean {
    if (this.#lines.length + line.length > this.#textBytes * share) return false;
    this.#lines += line;
    this.#changed = true;
    return true;
  }

  /** A block of exactly the reserved length. */
  format(): Buffer {
    this.#changed = false;
    return formatSecretsBlock(this.#lines + formatFiller(this.#textBytes - this.#lines.length));
  }
}

/** A comment of this length, its end of line included. */
function formatFiller(lengthBytes: number): string {
  if (lengthBytes === 0) return '';
  return `${fillerStart.slice(0, lengthBytes - 1).padEnd(lengthBytes - 1, '.')}\n`;
}
