import { expect, test } from 'vitest';
import { isOurProgram, programName } from '../../src/bpf/program-name.ts';

test.each([
  ['filter', 'tlstap_filter'],
  ['eth0-in', 'tlstap_eth0_in'],
  ['a_very_long_name', 'tlstap_a_very_l'],
  ['', 'tlstap_'],
])('%j becomes a name that the kernel takes and we recognise', (name, expected) => {
  expect(programName(name)).toBe(expected);
  expect(isOurProgram(programName(name))).toBe(true);
});

test('programs of others are not taken for ours', () => {
  expect(['cls_main', '', 'tls_tap', 'my_tlstap_'].filter(isOurProgram)).toEqual([]);
});
