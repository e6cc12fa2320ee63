import { expect, test } from 'vitest';
import { type BannerTarget, type StartBanner, formatStartBanner } from '../../src/sink/start-banner.ts';
import { createTextStyle } from '../../src/sink/text-style.ts';

const style = createTextStyle({ color: false, unicode: true });

const caddy: BannerTarget = {
  family: 'gotls',
  path: '/usr/bin/caddy',
  traits: ['Go 1.26.5', 'stripped PIE'],
  sites: [
    {
      role: 'write',
      function: 'crypto/tls.(*Conn).writeRecordLocked',
      offset: 12,
      instruction: 'jbe',
      emulated: true,
    },
    { role: 'read', function: 'crypto/tls.(*Conn).Read', offset: 526, instruction: 'call', emulated: true },
  ],
  missing: [],
};

const banner: StartBanner = {
  version: '0.1',
  targets: [caddy],
  processes: [
    { comm: 'caddy', pid: 812 },
    { comm: 'caddy', pid: 990 },
  ],
  mayBeMore: false,
  includesNewProcesses: true,
  details: [],
};

test('one program', () => {
  expect(format({})).toBe(`tlstap 0.1  gotls  /usr/bin/caddy (Go 1.26.5, stripped PIE)
  write  crypto/tls.(*Conn).writeRecordLocked+12  jbe   emulated
  read   crypto/tls.(*Conn).Read+526              call  emulated
  2 processes: caddy[812], caddy[990]; new ones are captured too.  Ctrl-C ends.
`);
});

test('several programs, slow sites, missing roles, details', () => {
  const old: BannerTarget = {
    family: 'gotls',
    path: '/opt/old\x1b[2J',
    traits: [],
    sites: [
      { role: 'read', function: 'crypto/tls.(*Conn).Read', offset: 90, instruction: 'ret', emulated: false },
      { role: 'read', function: 'crypto/tls.(*Conn).Read', offset: 190, instruction: 'ret', emulated: false },
    ],
    missing: [{ role: 'write', reason: 'function not found' }],
  };
  const processes = Array.from({ length: 9 }, (_, index) => ({ comm: 'old', pid: index + 1 }));
  const details = ['kernel 6.12.0: uprobe_multi, ring buffer', 'ring 32 MiB'];
  expect(format({ targets: [caddy, old], processes, details, includesNewProcesses: false }))
    .toBe(`tlstap 0.1  gotls  /usr/bin/caddy (Go 1.26.5, stripped PIE)
  write  crypto/tls.(*Conn).writeRecordLocked+12  jbe   emulated
  read   crypto/tls.(*Conn).Read+526              call  emulated
            gotls  /opt/old\\x1b[2J
  read  crypto/tls.(*Conn).Read  2 × ret  single-stepped (slower)
  ⚠ no write: function not found
  kernel 6.12.0: uprobe_multi, ring buffer
  ring 32 MiB
  9 processes: old[1], old[2], old[3], old[4], old[5] and 4 more.  Ctrl-C ends.
`);
});

test('a program that is not running yet', () => {
  expect(format({ processes: [] })).toContain(
    '  no process runs it yet; it is captured as soon as one does.  Ctrl-C ends.\n',
  );
});

test('colour changes nothing but colour', () => {
  const colored = formatStartBanner(banner, createTextStyle({ color: true, unicode: true }));
  expect(colored).not.toBe(format({}));
  expect(colored.replaceAll(/\x1b\[\d+m/g, '')).toBe(format({}));
});

function format(parts: Partial<StartBanner>): string {
  return formatStartBanner({ ...banner, ...parts }, style);
}
