import { isatty } from 'node:tty';
import { OutputWriter } from '../sink/output-writer.ts';
import { createTextStyle, type TextStyle } from '../sink/text-style.ts';
import { openStdout } from '../sink/output-descriptor.ts';
import { isUnicodeLocale, wantsColor, type ColorChoice } from './terminal.ts';

/** What is said about the capture: stderr, never waited for, so that a stuck terminal cannot stop us. */
export class StatusOutput {
  readonly #writer = new OutputWriter({ descriptor: openStdout(2) });

  readonly write = (text: string): void => {
    this.#writer.write(text);
  };

  readonly style: TextStyle;

  constructor(color: ColorChoice) {
    this.style = createTextStyle({ color: wantsColor(color, this.isTerminal), unicode: isUnicodeLocale() });
  }

  get isTerminal(): boolean {
    // Reading process.stderr would set O_NONBLOCK on what the shell shares.
    return isatty(2);
  }

  /** Whether something is still stuck in a write. */
  async close(): Promise<boolean> {
    await this.#writer.close(500);
    return this.#writer.stuck;
  }
}
