import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FuzzInputs, type FuzzResult } from './fuzz-run.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import type { WorkerTask } from './worker.ts';

/** An input that takes longer fails. Generous: the machine may be busy. */
const inputSeconds = 5;
/** One that takes longer still is not waited for. */
const hangSeconds = 20;
const memoryBytes = 512 * 2 ** 20;

export interface GuardedRun {
  readonly inputs: number;
  readonly seconds: number;
  /** Index of the first input. */
  readonly first: number;
}

/** Runs a target in a thread: also an input that never ends, or takes all memory, becomes a failure with its bytes. */
export async function runGuarded(target: FuzzTarget, run: GuardedRun): Promise<FuzzResult> {
  const place = new Int32Array(new SharedArrayBuffer(4));
  Atomics.store(place, 0, -1);
  const limits = { inputs: run.inputs, seconds: run.seconds, inputSeconds, memoryBytes };
  const workerData: WorkerTask = { name: target.name, first: run.first, limits, place };
  const worker = new Worker(new URL('worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: memoryBytes / 2 ** 20 },
  });
  const watch = watchPlace(place, () => void worker.terminate());
  try {
    const [outcome] = (await Promise.race([once(worker, 'message'), once(worker, 'exit')])) as [
      FuzzResult | number,
    ];
    // Buffers lose their prototype on the way.
    if (typeof outcome === 'object') return withBuffer(outcome);
    return await lost(target, run, place, `it did not come to an end within ${hangSeconds} s`);
  } catch (error) {
    if (Atomics.load(place, 0) < 0) throw error;
    return await lost(target, run, place, String(error));
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

function watchPlace(place: Int32Array, onHang: () => void): NodeJS.Timeout {
  let last = -1;
  let since = performance.now();
  return setInterval(() => {
    const now = Atomics.load(place, 0);
    if (now !== last) since = performance.now();
    last = now;
    if (now >= 0 && performance.now() - since > hangSeconds * 1000) onHang();
  }, 500);
}

/** The thread is gone; its input can be made once more. */
async function lost(
  target: FuzzTarget,
  run: GuardedRun,
  place: Int32Array,
  reason: string,
): Promise<FuzzResult> {
  const index = Atomics.load(place, 0);
  const input = (await FuzzInputs.of(target)).make(index);
  const inputs = index - run.first + 1;
  return {
    inputs,
    seconds: 0,
    slowestMs: 0,
    mostMemoryBytes: 0,
    outcomes: [],
    failure: { index, input, reason },
  };
}

function withBuffer(result: FuzzResult): FuzzResult {
  const { failure } = result;
  return failure === undefined
    ? result
    : { ...result, failure: { ...failure, input: Buffer.from(failure.input) } };
}
