import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pipeline } from '../../../src/cli/pipeline.ts';
import type { CaptureEvent } from '../../../src/event/event.ts';
import { RecordingReader } from '../../../src/event/recording-reader.ts';
import { createTextSink } from '../../../src/sink/create-text-sink.ts';
import { JsonSink } from '../../../src/sink/json-sink.ts';
import type { Sink } from '../../../src/sink/sink.ts';
import { TotalsCollector } from '../../../src/sink/totals-collector.ts';
import { WallClock } from '../../../src/util/wall-clock.ts';
import { noCounters } from '../../support/events.ts';
import { projectPaths } from '../../support/project-paths.ts';
import type { Random } from '../../support/random.ts';
import { textOutput } from '../../support/text-output.ts';
import { expectSame, must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const fixtures = ['http', 'joined-late', 'lossy'];
const tokens = [
  'tlstap recording\n',
  '"type":"process"',
  '"timeNs":',
  'null',
  '1e999',
  '-1',
  '{}',
  '[]',
  '\x03',
  '\x02',
  '\xff\xff\xff\xff',
];

export const recording: FuzzTarget = {
  name: 'recording',
  description: 'recordings, in any pieces',
  corpus: () => recordings(24_000),
  tokens,
  mostInputBytes: 24_000,
  check: (input, random) => {
    const whole = read([input]);
    const parts = read(pieces(input, random));
    expectSame('what was read', parts, whole);
    return whole.problem?.type ?? 'whole';
  },
};

export const pipeline: FuzzTarget = {
  name: 'pipeline',
  description: 'recordings, through streams and protocols to text and JSON',
  corpus: () => recordings(10_000),
  tokens,
  mostInputBytes: 10_000,
  check: (input) => {
    const lines: string[] = [];
    const clock = new WallClock(0n, () => 0);
    const sinks: readonly Sink[] = [
      new JsonSink(
        textOutput((text) => lines.push(text) > 0),
        { clock, start: { timeNs: 0, version: '0', targets: [] } },
      ),
      createTextSink(textOutput(expectPrintable), {
        color: false,
        unicode: true,
        verbosity: 'verbose',
        raw: false,
        hex: false,
        sizeLimitBytes: null,
        clock,
      }),
    ];
    const stages = new Pipeline({
      raw: false,
      bodyLimitBytes: 1 << 20,
      bodyBudgetBytes: 1 << 24,
      onEvent: (event) => {
        for (const sink of sinks) sink.write(event);
      },
    });
    const reader = new RecordingReader({ onHeader: () => {}, onEvent: stages.handle });
    reader.push(input);
    const problem = reader.end();
    for (const sink of sinks) sink.end(new TotalsCollector(0).totals(noCounters, 0));
    for (const line of lines.join('').split('\n')) if (line !== '') JSON.parse(line);
    return problem?.type ?? 'whole';
  },
};

function expectPrintable(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- what must not be there
  must(!/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(text), `nothing that a terminal acts on: ${JSON.stringify(text)}`);
  return true;
}

/** The beginnings of those that the tests have: whole ones are too long to try many. */
function recordings(mostBytes: number): readonly Buffer[] {
  return fixtures.map((name) =>
    readFileSync(join(projectPaths.fixtures, `${name}.tlstap`)).subarray(0, mostBytes),
  );
}

function read(parts: readonly Buffer[]): {
  readonly text: string;
  readonly problem: ReturnType<RecordingReader['end']>;
} {
  let text = '';
  const note = (event: CaptureEvent): void => {
    const shown = 'bytes' in event ? { ...event, bytes: Buffer.from(event.bytes).toString('hex') } : event;
    text += JSON.stringify(shown);
  };
  const reader = new RecordingReader({
    onHeader: (header) => (text += JSON.stringify(header)),
    onEvent: note,
  });
  for (const part of parts) reader.push(part);
  return { text, problem: reader.end() };
}

function pieces(input: Buffer, random: Random): readonly Buffer[] {
  const longest = random.pick([7, 100, 5000]);
  const parts: Buffer[] = [];
  for (let at = 0; at < input.length; at += parts.at(-1)?.length ?? 1)
    parts.push(input.subarray(at, at + 1 + random.below(longest)));
  return parts;
}
