import type { Elf } from '../elf.ts';
import { findBuildInfoRecord } from './build-info-record.ts';
import { findVersionString } from './version-string.ts';

/** What a Go program says about its making. For display only: it may be missing, old or wrong. */
export interface GoBuildInfo {
  /** As written, e.g. `go1.24.4 X:boringcrypto`; printable ASCII. */
  readonly version: string;
  /** For display: `section .go.buildinfo`, `search of the segments`, `version string`. */
  readonly how: string;
  /** Import path of the main package; empty when unknown. */
  readonly path: string;
  /** Build settings such as `-ldflags`: none before Go 1.18, and fewer than were used with `-trimpath`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Undefined when neither the build info (Go ≥ 1.13, sometimes left out) nor the runtime's version string is found. */
export function findGoBuildInfo(elf: Elf): GoBuildInfo | undefined {
  const record = findBuildInfoRecord(elf);
  if (record !== undefined) return record;
  const version = findVersionString(elf);
  return version === undefined ? undefined : { version, how: 'version string', path: '', settings: {} };
}
