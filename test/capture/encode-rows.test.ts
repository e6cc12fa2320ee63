import { expect, it } from 'vitest';
import { encodeConfig, encodeProfile, encodeSite } from '../../src/capture/encode-rows.ts';
import { captureConfig, goProfile, probeSite, siteFlag, siteKind } from '../../src/event/kernel-layout.ts';
import type { ProbePlan, ProbeSite } from '../../src/plan/probe-plan.ts';

const site = {
  kind: 'go-read-memmove',
  flags: ['at-stack-check', 'whole-slices'],
  address: 0x60_8e2e,
  receiverOffset: 104,
} as unknown as ProbeSite;

it('writes a site as the kernel reads it', () => {
  const row = encodeSite(site, 3);
  expect(row.readUInt32LE(probeSite.profile)).toBe(3);
  expect(row.readUInt16LE(probeSite.kind)).toBe(siteKind.goReadMemmove);
  expect(row.readUInt16LE(probeSite.flags)).toBe(siteFlag.atStackCheck | siteFlag.wholeSlices);
  expect(row.readBigUInt64LE(probeSite.address)).toBe(0x60_8e2en);
  expect(row.readBigUInt64LE(probeSite.receiverOffset)).toBe(104n);
});

it('a kind that the kernel does not know is a bug, not a row', () => {
  expect(() => encodeSite({ ...site, kind: 'go-guess' }, 0)).toThrow('go-guess');
});

it('writes profile fields by their C names', () => {
  const row = encodeProfile({
    profile: { register_abi: 1, tcp_read: 0x40_0000, family_offset: 56 },
  } as unknown as ProbePlan);
  expect(row.readBigUInt64LE(goProfile.registerAbi)).toBe(1n);
  expect(row.readBigUInt64LE(goProfile.tcpRead)).toBe(0x40_0000n);
  expect(row.readBigUInt64LE(goProfile.familyOffset)).toBe(56n);
});

it('tells a program of one site by index + 1, so that 0 means none', () => {
  const settings = { filterPids: true, filterUids: false, handshakesOnly: false, pidNamespace: null };
  const one = encodeConfig({ ...settings, onlySite: { index: 0, kind: 'go-close' } });
  expect(one.readUInt32LE(captureConfig.siteConstant)).toBe(1);
  expect(one.readUInt16LE(captureConfig.siteKind)).toBe(siteKind.goClose);
  expect(encodeConfig({ ...settings, onlySite: null }).readUInt32LE(captureConfig.siteConstant)).toBe(0);
});
