import { netReadName, pollReadName, tcpReadName, tlsFunctions, unixReadName } from './function-names.ts';
import type { GoProgram } from './go-program.ts';

/** The fields of `struct go_profile` in `bpf/events.h`. */
export function goProfile(program: GoProgram): Readonly<Record<string, number>> {
  const loads = program.elf.segments.filter(({ type }) => type === 1);
  const addressOf = (name: string): number => program.functions.named(name)[0]?.address ?? 0;
  return {
    register_abi: program.convention === 'register' ? 1 : 0,
    tcp_read: addressOf(tcpReadName),
    unix_read: addressOf(unixReadName),
    segments_low: Math.min(...loads.map(({ address }) => address)),
    segments_high: Math.max(...loads.map(({ address, memorySizeBytes }) => address + memorySizeBytes)),
    family_offset: familyOffset(program),
  };
}

/**
 * Offset of `family` in `net.netFD`: 24 up to Go 1.8, 48 since 1.9 moved the descriptor into internal/poll, 56 since
 * 1.11 made that larger. Told by functions that exist only since then; 0 when the program has none of them.
 */
function familyOffset(program: GoProgram): number {
  const has = (name: string): boolean => program.functions.named(name).length > 0;
  const since111 = program.functions.tlsPackages.some(
    (path) =>
      has(path + tlsFunctions.readRecordOrCcs) ||
      has(path + tlsFunctions.exportKeyingMaterial) ||
      has(path + tlsFunctions.exportKeyingMaterialClosure),
  );
  if (since111) return 56;
  if (has(pollReadName)) return 48;
  return has(netReadName) ? 24 : 0;
}
