import type { OutputChannel } from '../sink/output-channel.ts';
import type { JsonStart } from '../sink/json-sink.ts';
import type { OutputFlags } from './capture-flags.ts';
import type { CaptureOutput } from './capture-output.ts';
import { openDataOutput } from './data-output.ts';
import { openKeyLogOutput } from './keylog-output.ts';
import { openPacketOutput } from './packet-output.ts';
import { openPlaintextOutput } from './plaintext-output.ts';
import type { OutputPlan } from './plan-outputs.ts';
import type { StopWatch } from './stop-cause.ts';

/** An output whose file is open; it begins when the capture (or the recording) is known. */
export interface OpenOutput {
  readonly channel: OutputChannel;
  /** Where packets go, `-` for stdout; undefined for other outputs. */
  readonly packetPath?: string;
  readonly begin: (run: RunFacts) => CaptureOutput;
}

export interface RunFacts {
  readonly clockOffsetNs: bigint;
  readonly timeZone: string;
  readonly start: JsonStart;
  /** Release of the kernel, and the machine's name as `uname -m` tells it. */
  readonly kernel: string;
  readonly machine: string;
  /** Packets of `-i any`, which have a link layer of their own in files. */
  readonly anyInterface: boolean;
}

/**
 * Opens everything that a run writes to: before anything is attached, so that what cannot be written is said at once.
 *
 * @throws {UserError} when an output cannot be opened
 */
export function openOutputs(plan: OutputPlan, flags: OutputFlags, watch: StopWatch): readonly OpenOutput[] {
  const outputs: OpenOutput[] = [];
  if (plan.data !== null) outputs.push(openDataOutput(plan.data, flags, watch));
  if (plan.keyLog !== null) outputs.push(openKeyLogOutput(plan.keyLog, watch));
  if (plan.packets !== null) outputs.push(openPacketOutput(plan.packets, flags, watch));
  if (plan.plaintext !== null) outputs.push(openPlaintextOutput(plan.plaintext, watch));
  return outputs;
}
