import { isatty } from 'node:tty';

/** Why a capture ends. */
export type StopCause =
  | { readonly type: 'signal' | 'duration' | 'count' | 'targets-gone' | 'output-closed' }
  /** The command that was started ended by itself. */
  | { readonly type: 'command-ended'; readonly code: number }
  | {
      readonly type: 'output-failed';
      readonly error: NodeJS.ErrnoException;
      readonly path: string;
      /** The one that names another file. */
      readonly flag: string;
    };

/** The first cause to stop wins; signals are listened to until disposed. A second one ends the process at once. */
export class StopWatch implements Disposable {
  readonly stopped: Promise<StopCause>;
  #resolve: (cause: StopCause) => void = () => undefined;
  #cause: StopCause | undefined;
  #failure: (StopCause & { readonly type: 'output-failed' }) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #signals = 0;
  #passSignal: ((signal: NodeJS.Signals, fromTerminal: boolean) => void) | undefined;

  constructor() {
    this.stopped = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** The first output that could not be written, also after the capture ended. */
  get failure(): (StopCause & { readonly type: 'output-failed' }) | undefined {
    return this.#failure;
  }

  /** Undefined until there is one. */
  get cause(): StopCause | undefined {
    return this.#cause;
  }

  readonly stop = (cause: StopCause): void => {
    this.#cause ??= cause;
    if (cause.type === 'output-failed') this.#failure ??= cause;
    this.#resolve(cause);
  };

  /** Signals go to a command that we started; the capture ends when it does. */
  passSignalsTo(pass: (signal: NodeJS.Signals, fromTerminal: boolean) => void): void {
    this.#passSignal = pass;
  }

  stopAfter(seconds: number): void {
    this.#timer = setTimeout(() => this.stop({ type: 'duration' }), seconds * 1000);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#signals++;
    // As a shell would report it; only for somebody who does not want to wait for the summary.
    if (this.#signals > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    if (this.#passSignal) this.#passSignal(signal, signal === 'SIGINT' && isatty(0));
    else this.stop({ type: 'signal' });
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const signal of signals) process.off(signal, this.#onSignal);
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
