import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../src/bpf/compile-filter.ts';
import { loadLibpcap } from '../../src/bpf/libpcap.ts';
import { UserError } from '../../src/util/user-error.ts';

const ethernet = { linkType: 'ethernet' } as const;

describe('an expression is compiled by libpcap', () => {
  test('for Ethernet: the type is at offset 12', () => {
    expect(compileFilter('ip', ethernet)).toEqual([
      { code: 0x28, jumpTrue: 0, jumpFalse: 0, k: 12 },
      { code: 0x15, jumpTrue: 0, jumpFalse: 1, k: 0x800 },
      { code: 0x06, jumpTrue: 0, jumpFalse: 0, k: 262_144 },
      { code: 0x06, jumpTrue: 0, jumpFalse: 0, k: 0 },
    ]);
  });

  test('for packets that begin at their IP header: the version is at offset 0', () => {
    expect(compileFilter('ip', { linkType: 'raw' })[0]).toMatchObject({ code: 0x30, k: 0 });
  });

  test('with the network mask, where there is one', () => {
    const netmask = Buffer.from('ffffff00', 'hex').readUInt32LE();
    expect(compileFilter('ip broadcast', { ...ethernet, netmask }).length).toBeGreaterThan(3);
    expect(() => compileFilter('ip broadcast', ethernet)).toThrow(UserError);
  });
});

test.each([
  ['tcp port', /syntax error/],
  ['tcp prot 443', /syntax error/],
  ['port 99999', /99999|illegal port/],
  ['host 1.2.3.4.5', /./],
  ['tcp\0port 443', /NUL/],
])('what libpcap has against %j is told with the expression', (expression, words) => {
  const error = compileError(() => compileFilter(expression, ethernet));
  expect(error.message).toBe(`cannot compile the packet filter "${expression}"`);
  expect(error.reason).toMatch(words);
  expect(error.exitCode).toBe(2);
});

test('without libpcap the package to install is named', () => {
  const error = compileError(() => loadLibpcap(['libpcap-that-is-not-there.so.9']));
  expect(error.message).toMatch(/libpcap is not installed/);
  expect(error.reason).toMatch(/libpcap-that-is-not-there\.so\.9/);
  expect(error.remedy).toMatch(/apt install libpcap0\.8.*dnf install libpcap/);
  expect(error.exitCode).toBe(5);
});

function compileError(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
