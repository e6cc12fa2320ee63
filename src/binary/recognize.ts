import type { Elf } from './elf.ts';
import { garbleEvidence } from './recognize/garble.ts';
import { gccgoEvidence } from './recognize/gccgo.ts';
import { linksharedEvidence } from './recognize/linkshared.ts';
import { tinygoEvidence } from './recognize/tinygo.ts';
import { upxEvidence } from './recognize/upx.ts';

/** What a program whose Go functions cannot be found seems to be, and which bytes say so. */
export interface Recognition {
  readonly kind: 'upx' | 'gccgo' | 'tinygo' | 'garble' | 'go-linkshared' | 'unknown';
  /** In words, for display; empty for `unknown`. */
  readonly evidence: string;
}

/** To be asked after the search for the functions has failed: it may read the whole file. */
export function recognizeBinary(elf: Elf): Recognition {
  for (const { kind, evidenceIn } of kinds) {
    const evidence = evidenceIn(elf);
    if (evidence !== undefined) return { kind, evidence };
  }
  return { kind: 'unknown', evidence: '' };
}

/** In the order of what they cost. */
const kinds = [
  { kind: 'upx', evidenceIn: upxEvidence },
  { kind: 'go-linkshared', evidenceIn: linksharedEvidence },
  { kind: 'garble', evidenceIn: garbleEvidence },
  { kind: 'gccgo', evidenceIn: gccgoEvidence },
  { kind: 'tinygo', evidenceIn: tinygoEvidence },
] as const;
