import type { Elf } from './elf.ts';

/** What a program without a usable Go function table seems to be, and which bytes say so. */
export interface Recognition {
  readonly kind: 'upx' | 'gccgo' | 'tinygo' | 'garble' | 'go-linkshared' | 'unknown';
  readonly evidence: string;
}

export function recognizeBinary(elf: Elf): Recognition {
  throw new Error(`not written yet: ${elf.kind}`);
}
