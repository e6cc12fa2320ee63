import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { captureKeyLog, scratchFolder } from '../support/capture-keylog.ts';
import { endpointLogs, expectedLines, readLines, type EndpointLog } from '../support/endpoint-logs.ts';
import type { GoBuildName } from '../support/go-builds.ts';
import type { JsonRecord } from '../support/json-record.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';

const builds: readonly (readonly [string, GoBuildName])[] = [
  ["the machine's own Go", 'keylog'],
  ['Go 1.16, which passes arguments on the stack', 'keylogStackAbi'],
  ['Go 1.27, PIE, stripped', 'keylogStrippedPie'],
];

// TLS 1.0 to 1.3, client and server, resumed ones too; the collector moves stacks and preempts all the time.
const program = ['-connections', '6', '-resume', '2', '-gc', '-deep'];

describe('the key log holds what the program logs itself, each line once', () => {
  test.for(builds)('%s', async ([, build], context) => {
    await needCapture(context);
    const run = await captureKeyLog(needProgram(context, build), { programArgs: program });

    expect(run.ends).toHaveLength(2 * 4 * 8);
    // Others may find a session as well: they shake hands side by side.
    expect(run.ends.filter(({ resumed, lines }) => resumed && lines.length === 4).length).toBeGreaterThan(3);
    expect(run.lines.toSorted()).toEqual(expectedLines(run.ends));
    expect(statSync(run.keyLog).mode & 0o777).toBe(0o600);
    expect(run.records).toEqual([]);
    expect(run.result).toMatchObject({ code: 0 });
    const secrets = run.ends.reduce((sum, { lines }) => sum + lines.length, 0);
    expect(run.result.stderr).toContain(`${secrets} secrets of 1 process`);
  });
});

describe('secrets are told with the connection of their end', () => {
  test.for([
    ['keylog', 'keylog'],
    ['keylogStackAbi', 'keylog'],
    ['keylogStrippedPie', 'text,keylog'],
  ] as const)('%s, -m %s', async ([build, modes], context) => {
    await needCapture(context);
    const run = await captureKeyLog(needProgram(context, build), {
      modes,
      programArgs: program,
      captureArgs: () => ['--json'],
    });

    expect(toldSecrets(run.records)).toEqual(loggedSecrets(run.ends));
    expect(run.lines.toSorted()).toEqual(expectedLines(run.ends));
    const said = run.records.filter(({ type }) => type === 'data');
    expect(said.length > 0).toBe(modes === 'text,keylog');
    expect(run.records.at(-1)).toMatchObject({
      type: 'end',
      secrets: loggedSecrets(run.ends).length,
      gaps: 0,
    });
  });
});

test('QUIC has its secrets in it, of no connection, also where the program has no Conn.Read', async (context) => {
  await needCapture(context);
  const run = await captureKeyLog(needProgram(context, 'quickeys'), { captureArgs: () => ['--json'] });

  expect(run.ends).toHaveLength(16);
  expect(run.lines.toSorted()).toEqual(expectedLines(run.ends));
  expect(run.lines).toHaveLength(8 * 4);
  const secrets = run.records.filter(({ type }) => type === 'secret');
  expect(secrets).toHaveLength(16 * 4);
  expect(secrets.filter(({ connection }) => connection !== null)).toEqual([]);
});

describe('a process that logs no keys', () => {
  test.for(['server', 'client'] as const)('%s', async (captured, context) => {
    await needCapture(context);
    const path = needProgram(context, 'keylog');
    const args = ['-silent', captured, '-connections', '4'];
    const server = await RunningProgram.start(path, ['-mode', 'server', ...args]);
    onTestFinished(() => server.kill());
    const client = await RunningProgram.start(path, ['-mode', 'client', '-address', server.address, ...args]);
    onTestFinished(() => client.kill());
    const keyLog = join(scratchFolder(), 'keys.log');
    const pid = captured === 'server' ? server.pid : client.pid;
    const capture = await Capture.start({ args: ['gotls', '--pid', String(pid), '-m', 'key', '-k', keyLog] });
    onTestFinished(() => capture.dispose());
    client.send('go');
    await client.waitFor('done');
    server.send('report');
    await server.waitFor('done');
    await capture.stop();

    const [silent, peer] = captured === 'server' ? [server, client] : [client, server];
    expect(expectedLines(endpointLogs(silent))).toEqual([]);
    expect(expectedLines(endpointLogs(peer)).length).toBeGreaterThan(16);
    expect(readLines(keyLog).toSorted()).toEqual(expectedLines(endpointLogs(peer)));
  });
});

describe('replay', () => {
  test('gives the same key log and the same JSON', async (context) => {
    await needCapture(context);
    const run = await captureKeyLog(needProgram(context, 'keylog'), {
      programArgs: program,
      captureArgs: (folder) => [
        '--json',
        '-o',
        join(folder, 'out.jsonl'),
        '--record',
        join(folder, 'recording'),
      ],
    });
    const again = join(run.folder, 'again.log');
    const replay = await tlstap(
      ...['replay', join(run.folder, 'recording'), '-m', 'keylog', '-k', again, '--json'],
    );

    expect(replay.code).toBe(0);
    expect(run.lines.length).toBeGreaterThan(16);
    expect(readFileSync(again)).toEqual(readFileSync(run.keyLog));
    expect(replay.stdout).toBe(readFileSync(join(run.folder, 'out.jsonl'), 'utf8'));

    await tlstap('replay', join(run.folder, 'recording'), '-m', 'keylog', '-k', again);
    expect(readFileSync(again)).toEqual(readFileSync(run.keyLog));
    const onStdout = await tlstap('replay', join(run.folder, 'recording'), '-m', 'keylog', '-k', '-');
    expect(onStdout.stdout).toBe(readFileSync(run.keyLog, 'utf8'));
  });

  test('a full disk is said, exit 1', async (context) => {
    await needCapture(context);
    const run = await captureKeyLog(needProgram(context, 'keylog'), {
      programArgs: ['-connections', '1'],
      captureArgs: (folder) => ['--record', join(folder, 'recording')],
    });
    const full = await tlstap('replay', join(run.folder, 'recording'), '-m', 'keylog', '-k', '/dev/full');

    expect(full.code).toBe(1);
    expect(full.stderr).toContain('tlstap: cannot write /dev/full\n  no space left on the device');
    expect(full.stderr).toContain('-k');
  });
});

test('tshark decrypts packets with it', async (context) => {
  await needCapture(context);
  for (const tool of ['tcpdump', 'tshark']) {
    const found = await runCommand('which', [tool], { timeoutMs: 10_000 });
    if (found.code !== 0) context.skip(`${tool} is not installed`);
  }
  const path = needProgram(context, 'keylog');
  const running = await RunningProgram.start(path, ['-connections', '3', '-tls', '1.2,1.3']);
  onTestFinished(() => running.kill());
  const folder = scratchFolder();
  const [keyLog, packets] = [join(folder, 'keys.log'), join(folder, 'packets')];
  const dump = spawn(
    'tcpdump',
    [
      '-i',
      'lo',
      '-U',
      '--immediate-mode',
      '-s',
      '4096',
      '-B',
      '16384',
      '-Z',
      'root',
      '-w',
      packets,
      `tcp port ${running.port}`,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  onTestFinished(() => void dump.kill('SIGKILL'));
  const listening = once(dump.stderr, 'data');
  const capture = await Capture.start({ args: ['gotls', '-e', path, '-m', 'keylog', '-k', keyLog] });
  onTestFinished(() => capture.dispose());
  await listening;
  running.send('go');
  await running.waitFor('done');
  await running.exit();
  // Each end says it once. Of sessions of TLS 1.2 that are resumed, Go logs nothing.
  const expected = endpointLogs(running).filter(({ lines }) => lines.length > 0).length;
  expect(expected).toBeGreaterThan(10);

  // Live: neither tcpdump nor tlstap has ended, and both may still have something to write.
  let shown = 0;
  for (let attempt = 0; attempt < 10 && shown < expected; attempt++) {
    shown = await countGreetings(packets, keyLog, running.port);
  }
  await capture.stop();

  expect(shown).toBe(expected);
});

async function countGreetings(packets: string, keyLog: string, port: number): Promise<number> {
  const { stdout } = await runCommand(
    'tshark',
    [
      ...['-r', packets, '-o', `tls.keylog_file:${keyLog}`, '-d', `tcp.port==${port},tls`],
      ...['-T', 'fields', '-e', 'data.data'],
    ],
    { timeoutMs: 60_000 },
  );
  return stdout.split(/[\n,]/).filter((data) => data === Buffer.from('hello').toString('hex')).length;
}

async function tlstap(...args: readonly string[]) {
  return runCommand(process.execPath, [projectPaths.main, ...args], { timeoutMs: 30_000 });
}

/** Role, addresses and line of each secret, as the JSON tells. */
function toldSecrets(records: readonly JsonRecord[]): string[] {
  const opens = new Map(
    records.filter(({ type }) => type === 'open').map((open) => [open['connection'], open]),
  );
  return records
    .filter(({ type }) => type === 'secret')
    .map(({ connection, label, clientRandom, secret }) => {
      const { role, local, remote } = opens.get(connection) ?? { role: null, local: null, remote: null };
      return [role, address(local), address(remote), label, clientRandom, secret].map(String).join(' ');
    })
    .sort();
}

function loggedSecrets(ends: readonly EndpointLog[]): string[] {
  return ends
    .flatMap(({ role, local, remote, lines }) => lines.map((line) => `${role} ${local} ${remote} ${line}`))
    .sort();
}

function address(value: unknown): string {
  const { address, port } = (value ?? {}) as { address?: string; port?: number };
  return `${address}:${port}`;
}
