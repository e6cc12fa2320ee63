import { expect, test } from 'vitest';
import { packetPath } from '../support/packet-file.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';

test.for([
  [
    'an expression that libpcap refuses',
    ['-m', 'pcap', 'tcp', 'prot', '443'],
    2,
    /cannot compile the packet filter "tcp prot 443"\n {2}libpcap says: .*syntax error/,
  ],
  [
    'an interface that there is not',
    ['-m', 'pcap', '-i', 'nosuch0'],
    3,
    /there is no interface nosuch0\n {2}there are: .*\blo\b/,
  ],
  [
    'a network namespace that there is not',
    ['-m', 'pcap', '-i', 'nosuch:lo'],
    3,
    /there is no network namespace nosuch\n/,
  ],
  ['what can be no interface', ['-m', 'pcap', '-i', 'a/b'], 2, /no interface can be called "a\/b"/],
  ['an interface without packets', ['-i', 'lo'], 2, /-i lo: no packets are asked for/],
  [
    'a filter without packets',
    ['tcp', 'port', '443'],
    2,
    /the packet filter "tcp port 443": no packets are asked for/,
  ],
  ['a packet file without packets', ['-w', 'x.pcapng'], 2, /-w is for packets, but none are asked for/],
  ['two outputs on stdout', ['-m', 'text,pcap', '-w', '-'], 2, /stdout can carry one output/],
  ['files in turn on stdout', ['-m', 'pcap', '-w', '-', '-C', '1'], 2, /stdout cannot be cut into files/],
] as const)('%s: said, and nothing is captured', async ([, args, code, message], context) => {
  await needCapture(context);
  const file =
    args.some((arg) => arg === '-w') || !args.some((arg) => arg === 'pcap') ? [] : ['-w', packetPath()];
  const result = await runCommand(
    process.execPath,
    [projectPaths.main, 'gotls', '-e', needProgram(context, 'idle'), ...args, ...file],
    { timeoutMs: 60_000 },
  );
  expect(result.stderr).toMatch(message);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe('');
});
