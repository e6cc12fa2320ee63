import { isatty } from 'node:tty';
import { createTextSink } from '../sink/create-text-sink.ts';
import { FilterSink } from '../sink/filter-sink.ts';
import { JsonSink } from '../sink/json-sink.ts';
import { openStdout } from '../sink/output-descriptor.ts';
import { findInvokingUser, openOutputFile } from '../sink/output-file.ts';
import { OutputWriter } from '../sink/output-writer.ts';
import type { Sink } from '../sink/sink.ts';
import { createUtcOffset } from '../util/utc-offset.ts';
import { WallClock } from '../util/wall-clock.ts';
import type { OutputFlags } from './capture-flags.ts';
import type { OpenOutput, RunFacts } from './open-outputs.ts';
import type { StopWatch } from './stop-cause.ts';
import { readFilter } from './read-filter.ts';
import { isUnicodeLocale, wantsColor } from './terminal.ts';

/** Text or JSON Lines, to stdout or `-o`. With `connections`, only what is known of connections and their secrets. */
export function openDataOutput(
  content: 'everything' | 'connections',
  flags: OutputFlags,
  watch: StopWatch,
): OpenOutput {
  const filter = flags.filter === undefined ? undefined : readFilter(flags.filter);
  const writer = openDataWriter(flags, watch);
  return {
    channel: writer,
    begin: (run) => {
      const sink = createDataSink(writer, flags, run);
      if (content === 'connections') return connectionsOnly(sink);
      return filter === undefined ? sink : new FilterSink(sink, filter);
    },
  };
}

function openDataWriter(flags: OutputFlags, watch: StopWatch): OutputWriter {
  const toFile = flags.output !== undefined && flags.output !== '-';
  const descriptor = toFile
    ? openOutputFile(flags.output, findInvokingUser(process.geteuid?.() ?? 0, process.env))
    : openStdout();
  return new OutputWriter({
    descriptor,
    onClosed: () => watch.stop({ type: 'output-closed' }),
    onError: (error) =>
      watch.stop({ type: 'output-failed', error, path: toFile ? flags.output : 'stdout', flag: '-o' }),
  });
}

function createDataSink(writer: OutputWriter, flags: OutputFlags, run: RunFacts): Sink {
  const clock = new WallClock(run.clockOffsetNs, createUtcOffset(run.timeZone));
  if (flags.json) return new JsonSink(writer.writeUtf8, { clock, start: run.start });
  return createTextSink(writer.writeUtf8, {
    color: wantsColor(flags.color, flags.output === undefined && isatty(1)),
    unicode: isUnicodeLocale(),
    verbosity: flags.quiet ? 'quiet' : flags.verbose ? 'verbose' : 'normal',
    raw: flags.raw === true,
    hex: flags.hex === true,
    sizeLimitBytes: flags.tsize ?? null,
    clock,
  });
}

/** A replay may know more than was asked for: what was said is left out. */
function connectionsOnly(sink: Sink): Sink {
  const shown = new Set(['open', 'close', 'secret', 'tick']);
  return {
    write: (event) => {
      if (shown.has(event.type)) sink.write(event);
    },
    end: (totals) => sink.end(totals),
  };
}
