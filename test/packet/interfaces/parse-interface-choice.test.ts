import { expect, it } from 'vitest';
import { parseInterfaceChoice } from '../../../src/packet/interfaces/parse-interface-choice.ts';

it.each([
  ['eth0', { namespace: null, name: 'eth0' }],
  ['any', { namespace: null, name: 'any' }],
  ['blue:eth0', { namespace: 'blue', name: 'eth0' }],
  ['812:any', { namespace: '812', name: 'any' }],
  ['/proc/812/ns/net:lo', { namespace: '/proc/812/ns/net', name: 'lo' }],
  ['/run/a:b:veth0', { namespace: '/run/a:b', name: 'veth0' }],
])('%s', (text, choice) => {
  expect(parseInterfaceChoice(text)).toEqual(choice);
});

it.each(['', 'blue:', ':eth0', 'a/b', 'with space', '.', '..', 'sixteen-letters!', 'blue:a/b'])(
  '%j can be no interface',
  (text) => {
    expect(parseInterfaceChoice(text)).toBeUndefined();
  },
);
