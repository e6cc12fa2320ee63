import { createTextSink } from '../../src/sink/create-text-sink.ts';
import type { TextOptions } from '../../src/sink/text-options.ts';
import { TotalsCollector } from '../../src/sink/totals-collector.ts';
import { WallClock } from '../../src/util/wall-clock.ts';
import { EventScript, noCounters } from './events.ts';
import { textOutput } from './text-output.ts';

/** Plays a script into a text sink and returns what it printed. */
export function renderText(
  play: (script: EventScript) => void,
  options: Partial<TextOptions> = {},
  write?: (text: string) => boolean,
): string {
  let output = '';
  const append = (text: string): boolean => {
    output += text;
    return true;
  };
  const sink = createTextSink(textOutput(write ?? append), {
    color: false,
    unicode: true,
    verbosity: 'normal',
    raw: false,
    hex: false,
    sizeLimitBytes: null,
    clock: new WallClock(1_770_120_062_123_000_000n, () => 60),
    ...options,
  });
  play(new EventScript((event) => sink.write(event)));
  sink.end(new TotalsCollector(0).totals(noCounters, 0));
  return output;
}
