import { expect, test } from 'vitest';
import { createTextSink } from '../../src/sink/create-text-sink.ts';
import type { TextOptions } from '../../src/sink/text-options.ts';
import { TotalsCollector } from '../../src/sink/totals-collector.ts';
import { WallClock } from '../../src/util/wall-clock.ts';
import { EventScript, noCounters } from '../support/events.ts';
import { playScenario } from './scenario.ts';

const cases: readonly { readonly name: string; readonly options: Partial<TextOptions> }[] = [
  { name: 'plain', options: {} },
  { name: 'color', options: { color: true } },
  { name: 'quiet', options: { verbosity: 'quiet' } },
  { name: 'quiet-color', options: { verbosity: 'quiet', color: true } },
  { name: 'verbose', options: { verbosity: 'verbose' } },
  { name: 'ascii', options: { unicode: false } },
  { name: 'hex', options: { hex: true, sizeLimitBytes: 64 } },
  { name: 'limited', options: { sizeLimitBytes: 12 } },
];

test.each(cases)('golden text: $name', async ({ name, options }) => {
  await expect(render(options)).toMatchFileSnapshot(`golden/text-${name}.txt`);
});

function render(options: Partial<TextOptions>): string {
  let output = '';
  const sink = createTextSink(
    (text) => {
      output += text;
      return true;
    },
    {
      color: false,
      unicode: true,
      verbosity: 'normal',
      raw: false,
      hex: false,
      sizeLimitBytes: null,
      clock: new WallClock(1_770_120_062_123_000_000n, () => 60),
      ...options,
    },
  );
  playScenario(new EventScript((event) => sink.write(event)));
  sink.end(new TotalsCollector(0).totals(noCounters, 0));
  return output;
}
