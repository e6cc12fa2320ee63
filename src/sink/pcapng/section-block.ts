import { blockType, formatBlock } from './block.ts';
import { formatOptions } from './option.ts';

/** Who made a file, and where; empty texts are left out. */
export interface SectionInfo {
  /** `tlstap 0.1.0` */
  readonly application: string;
  /** `Linux 6.12.0` */
  readonly os: string;
  /** `x86_64` */
  readonly hardware: string;
}

/** Section header: the first block of a file; what follows is in the byte order that its magic number shows. */
export function formatSectionBlock(info: SectionInfo): Buffer {
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32LE(0x1a2b3c4d, 0);
  fixed.writeUInt16LE(1, 4);
  // Length of the section: not known, so that files can grow.
  fixed.writeBigInt64LE(-1n, 8);
  const options = [
    [2, info.hardware],
    [3, info.os],
    [4, info.application],
  ] as const;
  return formatBlock(blockType.section, fixed, formatOptions(options.filter(([, text]) => text !== '')));
}
