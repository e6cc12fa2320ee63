import type { Instruction } from '../../binary/code/instruction.ts';
import type { Architecture, Check, ProbeSite, SiteRole } from '../../plan/probe-plan.ts';
import { isEmulated } from '../../plan/emulation.ts';
import type { GoCode } from './go-code.ts';

/** Builds the site at one instruction of a function. */
export function siteAt(
  architecture: Architecture,
  code: GoCode,
  instruction: Instruction,
  parts: {
    readonly role: SiteRole;
    readonly mnemonic: string;
    readonly kind: string;
    readonly flags?: readonly string[];
    readonly receiverOffset?: number;
    readonly strategy: string;
    readonly checks: readonly Check[];
    readonly note: string;
  },
): ProbeSite {
  const { offset, lengthBytes } = instruction;
  const bytes = code.bytes.subarray(offset, offset + lengthBytes);
  return {
    role: parts.role,
    function: code.function.name,
    functionAddress: code.function.address,
    offset,
    address: code.function.address + offset,
    fileOffset: code.function.fileOffset + offset,
    instruction: parts.mnemonic,
    bytes: bytes.toString('hex'),
    emulated: isEmulated(architecture, bytes),
    kind: parts.kind,
    flags: parts.flags ?? [],
    receiverOffset: parts.receiverOffset ?? 0,
    strategy: parts.strategy,
    checks: parts.checks,
    note: parts.note,
  };
}

/** The conditional jump of a stack check. */
export function stackCheckMnemonic(architecture: Architecture): string {
  return architecture === 'x86-64' ? 'jbe' : 'b.ls';
}

/** Which hits at a stack check's jump belong to a call that is about to start over. */
export function restartNote(architecture: Architecture): string {
  return `skips hits that restart (${architecture === 'x86-64' ? 'CF or ZF' : 'C clear or Z'})`;
}
