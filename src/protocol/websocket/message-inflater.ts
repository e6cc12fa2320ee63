import { constants, inflateRawSync } from 'node:zlib';

export type Inflated =
  | { readonly bytes: Buffer; readonly cut: string | null }
  /** Nothing of it can be known. */
  | { readonly bytes: null; readonly cut: string };

/**
 * Undoes permessage-deflate for one direction (RFC 7692 §7.2.2). Messages may refer to what earlier ones said
 * ("context takeover"), so that after one that was not seen whole nothing can be decoded any more: deflate has no
 * checksum, and a wrong window gives wrong text.
 */
export class MessageInflater {
  readonly #keepsContext: boolean;
  readonly #limitBytes: number;
  #window: Buffer = Buffer.alloc(0);
  #isLost = false;

  constructor(keepsContext: boolean, limitBytes: number) {
    this.#keepsContext = keepsContext;
    this.#limitBytes = limitBytes;
  }

  /** A message was not seen whole. */
  lose(): void {
    if (this.#keepsContext) this.#isLost = true;
    this.#window = Buffer.alloc(0);
  }

  inflate(message: Uint8Array): Inflated {
    if (this.#isLost) return { bytes: null, cut: 'compressed with what was not seen' };
    try {
      const bytes = inflateRawSync(Buffer.concat([message, emptyBlock]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: this.#limitBytes,
        ...(this.#window.length > 0 ? { dictionary: this.#window } : {}),
      });
      if (this.#keepsContext) this.#remember(bytes);
      return { bytes, cut: null };
    } catch (error) {
      this.lose();
      const isTooLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
      return {
        bytes: null,
        cut: isTooLong ? `inflates to more than ${this.#limitBytes} bytes` : 'not deflate data',
      };
    }
  }

  #remember(bytes: Buffer): void {
    const all = bytes.length >= windowBytes ? bytes : Buffer.concat([this.#window, bytes]);
    this.#window = Buffer.from(all.subarray(Math.max(0, all.length - windowBytes)));
  }
}

/** What the sender removed from the end of each message. */
const emptyBlock = Buffer.of(0x00, 0x00, 0xff, 0xff);
const windowBytes = 32 * 1024;
