import type { Architecture, ProbeSite } from './probe-plan.ts';

export type SiteVerification =
  /** `traced`: somebody else's breakpoint is on it, as a debugger or another tracer puts it. */
  | { readonly ok: true; readonly traced: boolean }
  /** What was found instead, in words. */
  | { readonly ok: false; readonly detail: string };

/**
 * Whether the planned instruction is (still) what `found` holds: bytes read at the site's file offset, or from the memory
 * of a process at its address. In memory a breakpoint may stand in for its beginning.
 */
export function verifySite(
  architecture: Architecture,
  site: Pick<ProbeSite, 'bytes'>,
  found: Uint8Array,
  where: 'file' | 'memory',
): SiteVerification {
  const planned = Buffer.from(site.bytes, 'hex');
  if (planned.length === 0) return { ok: false, detail: 'the plan names no bytes' };
  if (found.length < planned.length) return { ok: false, detail: `only ${found.length} bytes are there` };
  const actual = Buffer.from(found.subarray(0, planned.length));
  if (actual.equals(planned)) return { ok: true, traced: false };
  if (where === 'memory') {
    const breakpointBytes = breakpointLength(architecture, actual);
    const restIsSame = actual.subarray(breakpointBytes).equals(planned.subarray(breakpointBytes));
    if (breakpointBytes > 0 && restIsSame) return { ok: true, traced: true };
  }
  return { ok: false, detail: `${actual.toString('hex')} instead of ${site.bytes}` };
}

/** Bytes of the breakpoint instruction that `code` begins with: INT3, or BRK with any number; 0 for others. */
function breakpointLength(architecture: Architecture, code: Buffer): number {
  if (architecture === 'x86-64') return code[0] === 0xcc ? 1 : 0;
  return code.length >= 4 && (code.readUInt32LE(0) & 0xffe0001f) >>> 0 === 0xd4200000 ? 4 : 0;
}
