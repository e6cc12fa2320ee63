import type { Elf } from '../elf.ts';

/** What a Go program says about its making. For display only: it may be missing, old or wrong. */
export interface GoBuildInfo {
  /** As written, e.g. `go1.24.4 X:boringcrypto`. */
  readonly version: string;
  /** `build info` section or search, or `version string` when only that was left. */
  readonly how: string;
  /** Import path of the main package; empty when unknown. */
  readonly path: string;
  readonly settings: Readonly<Record<string, string>>;
}

export function findGoBuildInfo(elf: Elf): GoBuildInfo | undefined {
  throw new Error(`not written yet: ${elf.kind}`);
}
