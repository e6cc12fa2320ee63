import { expect, test } from 'vitest';
import { goProfile } from '../../../src/family/go/profile.ts';
import { fakeProgram } from './fake-program.ts';

test('addresses, segments and convention', () => {
  const functions = { 'net.(*TCPConn).Read': 0x401000, 'net.(*UnixConn).Read': 0x402000 };
  expect(goProfile(fakeProgram({ functions }))).toEqual({
    register_abi: 1,
    tcp_read: 0x401000,
    unix_read: 0x402000,
    segments_low: 0x400000,
    segments_high: 0x402000,
    family_offset: 0,
  });
  expect(goProfile(fakeProgram({ convention: 'stack' }))).toMatchObject({
    register_abi: 0,
    tcp_read: 0,
    unix_read: 0,
  });
});

test.each([
  ['Go 1.8', ['net.(*netFD).Read'], 24],
  ['Go 1.9 and 1.10', ['net.(*netFD).Read', 'internal/poll.(*FD).Read'], 48],
  ['Go 1.11', ['internal/poll.(*FD).Read', 'crypto/tls.ekmFromMasterSecret'], 56],
  ['Go 1.12 and later', ['internal/poll.(*FD).Read', 'crypto/tls.(*Conn).readRecordOrCCS'], 56],
  ['a fork alone', ['internal/poll.(*FD).Read', 'example.com/tls.(*Conn).readRecordOrCCS'], 56],
  ['no network', [], 0],
])('where the address family is: %s', (_name, names, offset) => {
  const functions = Object.fromEntries(names.map((name, index) => [name, 0x401000 + index * 16]));
  const program = fakeProgram({ functions, tlsPackages: ['crypto/tls', 'example.com/tls'] });
  expect(goProfile(program)['family_offset']).toBe(offset);
});
