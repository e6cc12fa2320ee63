import type { WallClock } from '../util/wall-clock.ts';

/** What the text output is told by flags and by its surroundings. */
export interface TextOptions {
  readonly color: boolean;
  /** False where the locale is not UTF-8: everything outside ASCII is escaped then. */
  readonly unicode: boolean;
  /** `-q`: one line per exchange; `-v`: connections, control frames, stream numbers too. */
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  /** `--raw`: chunks as they were captured. */
  readonly raw: boolean;
  /** `--hex`: bodies and chunks as hex dump. */
  readonly hex: boolean;
  /** `-t`: bytes of each payload that are shown; null shows all. */
  readonly sizeLimitBytes: number | null;
  readonly clock: WallClock;
}
