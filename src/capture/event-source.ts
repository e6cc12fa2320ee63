import type { Fact } from '../event/recording-format.ts';

/** More that writes into the ring of a session, from its own programs. */
export interface EventSource {
  /** What has changed since the last call; told after all that the kernel had written before. */
  readonly takeFacts: (timeNs: number) => readonly Fact[];
  /** Nothing more is written from now on; its last facts are asked for once all was read. */
  readonly stop: () => void;
}
