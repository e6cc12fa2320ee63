import { closeSync, mkdtempSync, openSync, rmSync, writeSync, ftruncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasVerifierLog, lastWords } from '../../../src/diagnose/verifier-log.ts';
import { findTlsLibraries } from '../../../src/diagnose/nothing-yet.ts';
import { parseKeyLogLine } from '../../../src/sink/keylog/parse-key-log-line.ts';
import { readKnownPairs } from '../../../src/sink/keylog/read-known-pairs.ts';
import { RecentPairs } from '../../../src/sink/keylog/recent-pairs.ts';
import { parseAddress } from '../../../src/packet/parse-address.ts';
import { parseSocketTable } from '../../../src/packet/interfaces/parse-socket-table.ts';
import { findContainerId } from '../../../src/util/find-container-id.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const random = 'ab'.repeat(32);
const line = (label: string): string => `${label} ${random} ${'0123456789abcdef'.repeat(4)}\n`;

export const keyLog: FuzzTarget = {
  name: 'keylog',
  description: 'key log files that hold something already',
  corpus: () =>
    [
      line('CLIENT_RANDOM') + line('CLIENT_TRAFFIC_SECRET_0'),
      `# comment\n${line('SERVER_HANDSHAKE_TRAFFIC_SECRET').replace('\n', '\r\n')}\n${'x'.repeat(3000)}\n${line('EXPORTER_SECRET')}`,
    ].map((text) => Buffer.from(text)),
  tokens: ['\n', '\r\n', ' ', 'CLIENT_RANDOM ', random, line('CLIENT_RANDOM'), '\0', '# '],
  mostInputBytes: 8192,
  check: (input) => {
    const found = [...input.toString('latin1').split('\n')].flatMap((text) => parseKeyLogLine(text) ?? []);
    for (const { label, clientRandom, secret } of found) {
      must(
        /^\w+$/.test(label) && /^[\da-f]{64}$/.test(clientRandom) && /^(?:[\da-f]{2})+$/.test(secret),
        'parts of a line',
      );
    }
    const pairs = new RecentPairs(8);
    withFile(input, (fd) => readKnownPairs(fd, input.length, pairs));
    // A line that was cut, at the end or before another was appended, stands for nothing.
    const ended = input.toString('latin1').split('\n').slice(0, -1);
    const whole = ended.flatMap((text) => parseKeyLogLine(text) ?? []);
    const last = whole.filter(({ secret }) => [64, 96, 128].includes(secret.length)).slice(-8);
    must(
      last.every(({ label, clientRandom }) => pairs.has(label, clientRandom)),
      'what the file holds is known',
    );
    return `${Math.min(found.length, 3)} lines`;
  },
};

export const systemText: FuzzTarget = {
  name: 'system-text',
  description: 'maps, control groups and sockets of processes, addresses, words of the verifier',
  corpus: () =>
    [
      '7f00-7f01 r-xp 00000000 fe:00 1234 /usr/lib/x86_64-linux-gnu/libssl.so.3\n7f02-7f03 r-xp 0 0 0 /opt/libgnutls.so.30 (deleted)\n',
      `0::/system.slice/docker-${random}.scope\n`,
      `0::/kubepods/burstable/pod1/cri-containerd-${random}.scope\n12:pids:/docker/${random}\n`,
      '  sl  local_address rem_address\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1\n',
      '10.0.0.1\n2001:db8::1\n::ffff:10.0.0.1\nfe80::1%eth0\n1:2:3:4:5:6:7:8\n::',
      '-- BEGIN PROG LOAD LOG --\n0: R1=ctx()\n12: (61) r2 = *(u32 *)(r1 +76)\ninvalid access to packet\nprocessed 12 insns (limit 1000000)\n-- END PROG LOAD LOG --\n',
    ].map((text) => Buffer.from(text)),
  tokens: [
    '\n',
    '/',
    'docker-',
    '.scope',
    random,
    'libssl.so',
    ' (deleted)',
    'processed 1 insns',
    'libbpf: ',
  ],
  mostInputBytes: 8192,
  check: (input) => {
    const text = input.toString('utf8');
    const libraries = findTlsLibraries(text);
    const container = findContainerId(text);
    const sockets = parseSocketTable(text);
    must(
      sockets.every(({ local, remote }) => /^(?:.{8}|.{32})$/.test(local) && /^[\da-f]+$/.test(remote)),
      'addresses',
    );
    const addresses = text.split('\n').flatMap((one) => parseAddress(one) ?? []);
    must(
      addresses.every((byte) => byte >= 0 && byte <= 255),
      'an address is bytes',
    );
    must(lastWords(text, 3).length <= 3 * 210 + 10, 'last words are short');
    return `${libraries.length > 0 ? 'libraries' : '-'} ${container === undefined ? '-' : 'container'} ${hasVerifierLog(text) ? 'log' : '-'}${sockets.length > 0 ? ' sockets' : ''}${addresses.length > 0 ? ' addresses' : ''}`;
  },
};

let scratch: string | undefined;

/** One file, written anew each time. */
function withFile(bytes: Buffer, use: (fd: number) => void): void {
  scratch ??= mkdtempSync(join(tmpdir(), 'tlstap-fuzz-'));
  const fd = openSync(join(scratch, 'file'), 'w+');
  try {
    ftruncateSync(fd);
    writeSync(fd, bytes);
    use(fd);
  } finally {
    closeSync(fd);
  }
}

process.on('exit', () => {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
});
