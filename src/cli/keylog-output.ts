import { KeyLogSink } from '../sink/keylog/key-log-sink.ts';
import { openKeyLog } from '../sink/keylog/open-key-log.ts';
import { findInvokingUser } from '../sink/output-file.ts';
import { OutputWriter } from '../sink/output-writer.ts';
import type { OpenOutput } from './open-outputs.ts';
import type { StopWatch } from './stop-cause.ts';

/** `-k FILE`, or `-` for stdout. */
export function openKeyLogOutput(path: string, watch: StopWatch): OpenOutput {
  const file = openKeyLog(path, findInvokingUser(process.geteuid?.() ?? 0, process.env));
  const writer = new OutputWriter({
    descriptor: file.descriptor,
    separate: true,
    onClosed: () => watch.stop({ type: 'output-closed' }),
    onError: (error) =>
      watch.stop({ type: 'output-failed', error, path: path === '-' ? 'stdout' : path, flag: '-k' }),
  });
  return { channel: writer, begin: () => new KeyLogSink(writer.writeUtf8, file) };
}
