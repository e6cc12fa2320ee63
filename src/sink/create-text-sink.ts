import { QuietSink } from './quiet-sink.ts';
import type { Sink, WriteText } from './sink.ts';
import type { TextOptions } from './text-options.ts';
import { TextSink } from './text-sink.ts';

/** The text output that was asked for. `--raw` shows chunks, so there `-q` has nothing to shorten. */
export function createTextSink(write: WriteText, options: TextOptions): Sink {
  return options.verbosity === 'quiet' && !options.raw
    ? new QuietSink(write, options)
    : new TextSink(write, options);
}
