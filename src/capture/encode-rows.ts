import { captureConfig, goProfile, probeSite, siteFlag, siteKind } from '../event/kernel-layout.ts';
import type { ProbePlan, ProbeSite } from '../plan/probe-plan.ts';

/** A row of the kernel's `sites` map. Throws on a kind or flag the kernel side does not know: a bug in a planner. */
export function encodeSite(site: ProbeSite, profile: number): Buffer {
  const row = Buffer.alloc(probeSite.sizeBytes);
  row.writeUInt32LE(profile, probeSite.profile);
  row.writeUInt16LE(lookUp(siteKind, site.kind), probeSite.kind);
  const flags = site.flags.reduce((bits, flag) => bits | lookUp(siteFlag, flag), 0);
  row.writeUInt16LE(flags, probeSite.flags);
  row.writeBigUInt64LE(BigInt(site.address), probeSite.address);
  row.writeBigUInt64LE(BigInt(site.receiverOffset), probeSite.receiverOffset);
  return row;
}

/** A row of the family's profiles map. All fields of profile structs are u64. */
export function encodeProfile(plan: ProbePlan): Buffer {
  const row = Buffer.alloc(goProfile.sizeBytes);
  for (const [name, value] of Object.entries(plan.profile)) {
    row.writeBigUInt64LE(BigInt(value), lookUp(goProfile, name.replaceAll('_', '-')));
  }
  return row;
}

export interface OnlySite {
  readonly index: number;
  /** Lets the verifier pass over what belongs to other kinds; undefined to have all of it verified. */
  readonly kind: ProbeSite['kind'] | undefined;
}

/** `struct capture_config`, the read-only settings of a program. */
export function encodeConfig(settings: {
  readonly filterPids: boolean;
  readonly filterUids: boolean;
  readonly handshakesOnly: boolean;
  /** The program is one of the sleepable ones. */
  readonly maySleep?: boolean;
  /** Device and inode of the pid namespace, or null in the initial one. */
  readonly pidNamespace: { readonly device: bigint; readonly inode: bigint } | null;
  /** The only site that this program is for, where the kernel has no attach cookies. */
  readonly onlySite: OnlySite | null;
}): Buffer {
  const block = Buffer.alloc(captureConfig.sizeBytes);
  block.writeUInt32LE(settings.filterPids ? 1 : 0, captureConfig.filterPids);
  block.writeUInt32LE(settings.filterUids ? 1 : 0, captureConfig.filterUids);
  block.writeUInt8(settings.handshakesOnly ? 1 : 0, captureConfig.handshakesOnly);
  block.writeUInt8(settings.maySleep === true ? 1 : 0, captureConfig.maySleep);
  block.writeBigUInt64LE(settings.pidNamespace?.device ?? 0n, captureConfig.pidNamespaceDevice);
  block.writeBigUInt64LE(settings.pidNamespace?.inode ?? 0n, captureConfig.pidNamespaceInode);
  if (settings.onlySite !== null) {
    const { index, kind } = settings.onlySite;
    block.writeUInt32LE(index + 1, captureConfig.siteConstant);
    block.writeUInt16LE(kind === undefined ? 0 : lookUp(siteKind, kind), captureConfig.siteKind);
  }
  return block;
}

export function encodeIndex(index: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(index);
  return key;
}

function lookUp(names: Readonly<Record<string, number>>, kebab: string): number {
  const value = names[kebab.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())];
  if (value === undefined) throw new Error(`the kernel side knows no ${kebab}`);
  return value;
}
