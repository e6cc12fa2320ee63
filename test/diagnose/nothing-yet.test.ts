import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findTlsLibraries, formatNothingYet, type NothingYetFacts } from '../../src/diagnose/nothing-yet.ts';
import { anyText } from './any-text.ts';

const facts: NothingYetFacts = {
  processes: [],
  paths: ['/usr/bin/caddy'],
  tlsName: "Go's crypto/tls",
  filteredEvents: 0,
  unicode: true,
};
const caddy = { pid: 812, comm: 'caddy', tlsLibraries: [] };

test.each<[string, Partial<NothingYetFacts>, string]>([
  ['no process', {}, 'no process runs /usr/bin/caddy; what starts from now on is captured'],
  [
    'no process of two files',
    { paths: ['/usr/bin/caddy', '/opt/hugo'] },
    'no process runs /usr/bin/caddy and /opt/hugo; what starts from now on is captured',
  ],
  [
    'one process',
    { processes: [caddy] },
    "caddy[812] is idle, or its TLS is not Go's crypto/tls.  See: tlstap inspect 812",
  ],
  [
    'one process with another library',
    { processes: [{ ...caddy, tlsLibraries: ['libssl.so.3'] }] },
    "caddy[812] is idle, or its TLS is not Go's crypto/tls (it also maps libssl.so.3).  See: tlstap inspect 812",
  ],
  [
    'two processes with the same library',
    {
      processes: [
        { ...caddy, tlsLibraries: ['libssl.so.3'] },
        { ...caddy, pid: 990, tlsLibraries: ['libssl.so.3', 'libgnutls.so.30'] },
      ],
    },
    "caddy[812] and caddy[990] are idle, or their TLS is not Go's crypto/tls (mapped too: libssl.so.3 and libgnutls.so.30).  See: tlstap inspect 812",
  ],
  [
    'many processes',
    { processes: [1, 2, 3, 4, 5].map((pid) => ({ pid, comm: 'caddy', tlsLibraries: [] })) },
    "caddy[1], caddy[2], caddy[3] and 2 more are idle, or their TLS is not Go's crypto/tls.  See: tlstap inspect 1",
  ],
  [
    'all was filtered out',
    { processes: [caddy], filteredEvents: 1204 },
    '1,204 events came from processes or users other than those asked for',
  ],
  [
    'a name that tries to command the terminal',
    { processes: [{ ...caddy, comm: '\x1b[2Jx' }] },
    "\\x1b[2Jx[812] is idle, or its TLS is not Go's crypto/tls.  See: tlstap inspect 812",
  ],
])('%s', (_name, parts, expected) => {
  expect(formatNothingYet({ ...facts, ...parts })).toBe(`  nothing yet: ${expected}\n`);
});

test('it is one line, whatever the names are', () => {
  const names = fc.array(anyText(16), { maxLength: 6 });
  fc.assert(
    fc.property(names, names, fc.boolean(), (comms, paths, unicode) => {
      const processes = comms.map((comm, index) => ({ pid: index + 1, comm, tlsLibraries: paths }));
      const line = formatNothingYet({ ...facts, processes, paths, unicode });
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(line).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }),
    { numRuns: 1000 },
  );
});

const maps = (path: string): string =>
  `7f2c00000000-7f2c00021000 r-xp 00000000 08:01 1311                     ${path}\n`;

test.each<[string, readonly string[]]>([
  ['/usr/lib/x86_64-linux-gnu/libssl.so.3', ['libssl.so.3']],
  ['/usr/lib/x86_64-linux-gnu/libssl.so.1.1', ['libssl.so.1.1']],
  ['/usr/lib64/libssl.so.10', ['libssl.so.10']],
  ['/usr/lib64/libssl.so.3.2.2', ['libssl.so.3.2.2']],
  ['/lib/libssl.so.1.0.2k', ['libssl.so.1.0.2k']],
  ['/lib/libssl-3.so', ['libssl-3.so']],
  ['/srv/my app/lib/libssl.so', ['libssl.so']],
  ['/usr/lib/libgnutls.so.30.34.3', ['libgnutls.so.30.34.3']],
  ['/usr/lib/libssl3.so', ['libssl3.so']],
  ['/usr/lib/libnspr4.so', ['libnspr4.so']],
  ['/usr/lib/libmbedtls.so.14', ['libmbedtls.so.14']],
  ['/usr/lib/libssl.so.3 (deleted)', ['libssl.so.3']],
  ['/usr/lib/libnss_files.so.2', []],
  ['/usr/lib/libcrypto.so.3', []],
  ['/usr/lib/libsslcommon.so', []],
  ['/usr/lib/libc.so.6', []],
  ['/usr/lib/libssl.so.3/other', []],
  ['/usr/share/libssl.so.conf', []],
  ['[heap]', []],
  ['anon_inode:[perf_event]', []],
])('libraries in %s', (path, expected) => {
  expect(findTlsLibraries(maps(path) + maps('/usr/bin/x') + maps(path))).toEqual(expected);
});

test("this process's own map is read", () => {
  const text = readFileSync('/proc/self/maps', 'utf8');
  expect(text).toContain('libc.so.6');
  expect(findTlsLibraries(`${text}${maps('/x/libgnutls.so.30')}`)).toContain('libgnutls.so.30');
});

test('any text gives names that are in it, quickly', () => {
  const text = fc.oneof(
    anyText(200),
    fc
      .array(fc.constantFrom('a-b ', 'r-xp ', '0 ', '/', 'libssl', '.so', ' (deleted)', '\n'), {
        maxLength: 60,
      })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (hostile) => {
      for (const name of findTlsLibraries(hostile)) expect(hostile).toContain(name);
    }),
    { numRuns: 10_000 },
  );
  const started = performance.now();
  findTlsLibraries(`a b c d e /${'libssl.so.1.1/ (deleted)'.repeat(20_000)}`);
  findTlsLibraries(`a b c d e ${' '.repeat(200_000)}`);
  findTlsLibraries('a b c d e /x\n'.repeat(20_000));
  expect(performance.now() - started).toBeLessThan(2000);
});
