import type { CaptureEvent } from '../event/event.ts';

/** What a run amounted to in packets. */
export interface PacketTotals {
  readonly packets: number;
  /** Captured, not on the wire. */
  readonly bytes: number;
  /** Those whose process is known. */
  readonly withProcess: number;
  /** Passed every filter, but the ring had no room. */
  readonly dropped: number;
  /** Seen on the interfaces, before any filter. */
  readonly received: number;
  readonly secrets: number;
}

/** Counts the packets of a run, and the secrets that decrypt them. */
export class PacketTotalsCollector {
  readonly #counters = new Map<number, { readonly received: number; readonly dropped: number }>();
  #packets = 0;
  #bytes = 0;
  #withProcess = 0;
  #secrets = 0;

  handle(event: CaptureEvent): void {
    if (event.type === 'packet') {
      this.#packets++;
      this.#bytes += event.bytes.length;
      if (event.owner !== null) this.#withProcess++;
    } else if (event.type === 'secret') {
      this.#secrets++;
    } else if (event.type === 'interface-counters') {
      this.#counters.set(event.id, { received: event.receivedPackets, dropped: event.droppedPackets });
    }
  }

  /** Undefined when no interface was captured. */
  get totals(): PacketTotals | undefined {
    if (this.#packets === 0 && this.#counters.size === 0) return undefined;
    let received = 0;
    let dropped = 0;
    for (const counted of this.#counters.values()) {
      received += counted.received;
      dropped += counted.dropped;
    }
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      withProcess: this.#withProcess,
      dropped,
      received,
      secrets: this.#secrets,
    };
  }
}
