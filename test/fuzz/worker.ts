import { parentPort, workerData } from 'node:worker_threads';
import { FuzzInputs, fuzz, type FuzzLimits } from './fuzz-run.ts';
import { fuzzTargets } from './registry.ts';

/** What a run is given; `place` is a shared Int32Array of one: the input that is being tried. */
export interface WorkerTask {
  readonly name: string;
  readonly first: number;
  readonly limits: FuzzLimits;
  readonly place: Int32Array;
}

// Runs in a thread of its own, so that an input that never ends is noticed and named by the other.
const { name, first, limits, place } = workerData as WorkerTask;
const target = fuzzTargets.find((one) => one.name === name);
if (!target) throw new Error(`no parser is called ${name}`);
const inputs = await FuzzInputs.of(target);
const result = await fuzz(target, inputs, limits, first, (index) => {
  Atomics.store(place, 0, index);
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(result);
