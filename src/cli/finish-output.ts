import { exitNow } from '../bpf/exit-now.ts';
import type { OutputChannel } from '../sink/output-channel.ts';
import { formatSummary } from '../sink/summary.ts';
import { exitCode } from '../util/user-error.ts';
import type { OutputFlags } from './capture-flags.ts';
import type { CaptureOutputs } from './capture-outputs.ts';
import type { StatusOutput } from './status-output.ts';
import type { StopCause, StopWatch } from './stop-cause.ts';

const deliverLimitMs = 1000;

/**
 * The end of a run: last records to the reader (for a second at most), the summary to stderr. `afterSummary` is done
 * last, because detaching may take the kernel seconds.
 */
export async function finishOutput(run: {
  readonly outputs: CaptureOutputs | undefined;
  readonly channels: readonly OutputChannel[];
  readonly status: StatusOutput;
  readonly flags: OutputFlags;
  readonly watch: StopWatch;
  /** Size of the ring buffer, for advice; null in a replay. */
  readonly ringBytes: number | null;
  readonly afterSummary?: () => Promise<void>;
}): Promise<number> {
  const droppedBytes = run.channels.reduce((sum, channel) => sum + channel.droppedBytes, 0);
  const totals = run.outputs?.end(droppedBytes);
  const undelivered = await Promise.all(run.channels.map((channel) => channel.close(deliverLimitMs)));
  const undeliveredBytes = undelivered.reduce((sum, bytes) => sum + bytes, 0);
  // The last records may be the ones that find the disk full.
  const { failure } = run.watch;
  const cause = failure ?? run.watch.cause;
  if (failure) run.status.write(formatOutputFailure(failure));
  if (cause?.type === 'signal' && run.status.isTerminal) run.status.write('\n');
  if (totals) {
    run.status.write(
      formatSummary(
        { ...totals, undeliveredBytes },
        {
          style: run.status.style,
          ringBytes: run.ringBytes,
          outputFailed: failure !== undefined,
          problemsOnly: run.flags.quiet === true,
        },
      ),
    );
  }
  await run.afterSummary?.();
  const code = codeOf(cause);
  // Node waits for its threads at exit; one that is stuck in a write would hold it for as long as the reader does.
  const statusIsStuck = await run.status.close();
  if (run.channels.some(({ stuck }) => stuck) || statusIsStuck) exitNow(code);
  return code;
}

function codeOf(cause: StopCause | undefined): number {
  if (cause?.type === 'command-ended') return cause.code;
  return cause?.type === 'output-failed' ? exitCode.failed : exitCode.ok;
}

function formatOutputFailure(cause: StopCause & { type: 'output-failed' }): string {
  const reason = cause.error.code === 'ENOSPC' ? 'no space left on the device' : cause.error.message;
  return `tlstap: cannot write ${cause.path}\n  ${reason}\n  free some space or choose another file with ${cause.flag}\n`;
}
