import type { Elf } from '../elf.ts';

/**
 * UPX writes its loader information behind the program headers: a checksum (u32), then `UPX!`
 * (upx: src/p_lx_elf.h, cprElfHdr4). The rest of the file is compressed, so that nothing else can be read.
 */
export function upxEvidence(elf: Elf): string | undefined {
  const markOffset = elf.programHeadersEnd + 4;
  const isPacked = elf.source.read(markOffset, 4).toString('latin1') === 'UPX!';
  return isPacked ? 'the mark "UPX!" follows its program headers' : undefined;
}
