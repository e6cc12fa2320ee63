import type { CaptureEvent, Counters } from '../event/event.ts';
import type { ProtocolEvent } from '../protocol/protocol-event.ts';
import type { Totals } from '../sink/totals.ts';
import { PacketTotalsCollector } from '../sink/packet-totals.ts';
import { TotalsCollector } from '../sink/totals-collector.ts';
import type { CaptureOutput } from './capture-output.ts';
import { Pipeline } from './pipeline.ts';

const bodyLimitBytes = 16 * 2 ** 20;
const bodyBudgetBytes = 256 * 2 ** 20;

export interface CaptureOutputsSettings {
  readonly outputs: readonly CaptureOutput[];
  /** No protocol parsing. */
  readonly raw: boolean;
  /** Secrets are wanted; a recording may hold some that are not. */
  readonly secrets: boolean;
  /** Packets are wanted, likewise. */
  readonly packets: boolean;
  readonly startTimeNs: number;
  /** Stop asking for events after this many exchanges. */
  readonly count: number | undefined;
  readonly onCount: () => void;
}

/** Events through the pure part into the outputs, counted on the way; shared by live captures and replays. */
export class CaptureOutputs {
  readonly #settings: CaptureOutputsSettings;
  readonly #totals: TotalsCollector;
  readonly #packets = new PacketTotalsCollector();
  readonly #pipeline: Pipeline;
  #counters: Counters = noCounters;
  #sawEvents = false;

  constructor(settings: CaptureOutputsSettings) {
    this.#settings = settings;
    this.#totals = new TotalsCollector(settings.startTimeNs);
    this.#pipeline = new Pipeline({
      raw: settings.raw,
      bodyLimitBytes,
      bodyBudgetBytes,
      onEvent: this.#onEvent,
      onStream: (event) => {
        for (const output of settings.outputs) output.stream?.(event);
      },
    });
  }

  /** Whether a connection or a secret was seen. */
  get sawEvents(): boolean {
    return this.#sawEvents;
  }

  readonly handle = (event: CaptureEvent): void => {
    if (event.type === 'secret' && !this.#settings.secrets) return;
    for (const output of this.#settings.outputs) output.handle?.(event);
    if (this.#settings.packets) this.#packets.handle(event);
    this.#pipeline.handle(event);
    if (event.type === 'end') this.#counters = event.counters;
  };

  readonly flush = (): void => {
    for (const output of this.#settings.outputs) output.flush?.();
  };

  /** Ends the outputs; `undeliveredBytes` of the totals is what is known so far. */
  end(undeliveredBytes: number): Totals {
    const packets = this.#packets.totals;
    const totals = {
      ...this.#totals.totals(this.#counters, undeliveredBytes),
      ...(packets && { packets }),
    };
    for (const output of this.#settings.outputs) output.end(totals);
    return totals;
  }

  readonly #onEvent = (event: ProtocolEvent): void => {
    const { count, outputs } = this.#settings;
    if (count !== undefined && this.#totals.exchanges >= count) return;
    if (event.type === 'open' || event.type === 'secret') this.#sawEvents = true;
    this.#totals.add(event);
    for (const output of outputs) output.write?.(event);
    if (count !== undefined && event.type === 'exchange' && this.#totals.exchanges >= count)
      this.#settings.onCount();
  };
}

const noCounters: Counters = {
  events: 0,
  bytes: 0,
  ringFullEvents: 0,
  ringFullBytes: 0,
  faultEvents: 0,
  faultBytes: 0,
  tooLongEvents: 0,
  tooLongBytes: 0,
  tableFull: 0,
  filtered: 0,
  unreadable: 0,
  secrets: 0,
  ringFullSecrets: 0,
  faultSecrets: 0,
};
