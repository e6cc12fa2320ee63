import { blockType, formatBlock } from './block.ts';
import { formatSecretsBlock, secretsBlockOverheadBytes } from './secrets-block.ts';

/** Number of a private enterprise that is kept for examples (RFC 5612): nobody reads what is in it. */
const exampleEnterprise = 32_473;
const emptyFillerBytes = 16;

/**
 * A place near the start of a file for secrets that come after the packets that need them. At first a custom block fills
 * it; later a secrets block, and a smaller filler.
 */
export class LateSecrets {
  readonly #reservedBytes: number;
  #lines = '';
  #changed = false;

  /** @param reservedBytes a multiple of four */
  constructor(reservedBytes: number) {
    this.#reservedBytes = reservedBytes;
  }

  /** Whether {@link format} gives something else than the last time. */
  get changed(): boolean {
    return this.#changed;
  }

  /** False when there is no room for it. `share` of the place may be in use afterwards. */
  add(line: string, share: number = 1): boolean {
    const room = (this.#reservedBytes - emptyFillerBytes - secretsBlockOverheadBytes - 3) * share;
    if (this.#lines.length + line.length > room) return false;
    this.#lines += line;
    this.#changed = true;
    return true;
  }

  /** Blocks of exactly the reserved length. */
  format(): Buffer {
    this.#changed = false;
    const secrets = this.#lines === '' ? Buffer.alloc(0) : formatSecretsBlock(this.#lines);
    const content = Buffer.alloc(this.#reservedBytes - secrets.length - 12);
    content.writeUInt32LE(exampleEnterprise, 0);
    return Buffer.concat([secrets, formatBlock(blockType.customNotCopied, content)]);
  }
}
