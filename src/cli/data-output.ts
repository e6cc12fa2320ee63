import { isatty } from 'node:tty';
import { createTextSink } from '../sink/create-text-sink.ts';
import { JsonSink, type JsonStart } from '../sink/json-sink.ts';
import { openStdout } from '../sink/output-descriptor.ts';
import { findInvokingUser, openOutputFile } from '../sink/output-file.ts';
import { OutputWriter } from '../sink/output-writer.ts';
import type { Sink } from '../sink/sink.ts';
import { createUtcOffset } from '../util/utc-offset.ts';
import { WallClock } from '../util/wall-clock.ts';
import type { OutputFlags } from './capture-flags.ts';
import type { StopWatch } from './stop-cause.ts';
import { isUnicodeLocale, wantsColor } from './terminal.ts';

export interface DataSinkSettings {
  readonly flags: OutputFlags;
  readonly clockOffsetNs: bigint;
  readonly timeZone: string;
  readonly start: JsonStart;
}

/** Opened before anything is attached, so that an unwritable file is said at once. */
export function openDataWriter(flags: OutputFlags, watch: StopWatch): OutputWriter {
  const toFile = flags.output !== undefined && flags.output !== '-';
  const descriptor = toFile
    ? openOutputFile(flags.output, findInvokingUser(process.geteuid?.() ?? 0, process.env))
    : openStdout();
  return new OutputWriter({
    descriptor,
    onClosed: () => watch.stop({ type: 'output-closed' }),
    onError: (error) => watch.stop({ type: 'output-failed', error, path: toFile ? flags.output : 'stdout' }),
  });
}

export function createDataSink(writer: OutputWriter, settings: DataSinkSettings): Sink {
  const { flags } = settings;
  const clock = new WallClock(settings.clockOffsetNs, createUtcOffset(settings.timeZone));
  if (flags.json) return new JsonSink(writer.writeUtf8, { clock, start: settings.start });
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
