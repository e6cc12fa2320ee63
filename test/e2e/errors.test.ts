import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand, type CommandResult } from '../support/run-command.ts';

describe('what is missing is said, with a remedy and its own exit code', () => {
  test('a privilege: 4', async (context) => {
    await needCapture(context);
    const noCapabilities = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'];
    const result = await tlstap(['gotls', '-e', needProgram(context, 'idle')], noCapabilities);

    expectTrouble(result, 4, [/CAP_BPF/, /CAP_PERFMON/, /sudo|container|as root/]);
  });

  test('type information of the kernel (BTF): 5', async (context) => {
    await needCapture(context);
    const result = await tlstap(
      ['gotls', '-e', needProgram(context, 'idle')],
      withMount('mount -t tmpfs none /sys/kernel/btf'),
    );

    expectTrouble(result, 5, [/BTF/, /\/sys\/kernel\/btf\/vmlinux/]);
  });

  test('libbpf: 5', async (context) => {
    await needCapture(context);
    const library = await libraryPath('libbpf.so.1');
    const result = await tlstap(
      ['gotls', '-e', needProgram(context, 'idle')],
      withMount(`mount --bind /dev/null ${library}`),
    );

    expectTrouble(result, 5, [/libbpf/, /libbpf1|install/]);
  });

  test('plain objects, asked for by -b 2: 5', async (context) => {
    await needCapture(context);
    expectTrouble(await tlstap(['gotls', '-b', '2', '-e', needProgram(context, 'idle')]), 5, [/BTF/]);
  });
});

describe('what cannot be meant is refused before anything is attached', () => {
  test.for([
    ['an unknown option', ['gotls', '--elfpth', '/bin/ls'], 2, /--elfpth/],
    ['an unknown command', ['gotlz'], 2, /gotlz/],
    ['no target', ['gotls'], 2, /-e/],
    ['an option without its value', ['gotls', '-e'], 2, /argument|value/],
    ['a number that is none', ['gotls', '--pid', 'x'], 2, /x/],
    ['two outputs on stdout', ['gotls', '-e', '/bin/ls', '-o', '-', '--record', '-'], 2, /stdout|-/],
    ['a file that is not there', ['gotls', '-e', '/nowhere/program'], 3, /\/nowhere\/program/],
    ['a folder', ['gotls', '-e', '/tmp'], 3, /\/tmp/],
    ['a process that is not there', ['gotls', '--pid', '4194303'], 3, /4194303/],
    ['a kernel thread', ['gotls', '--pid', '2'], 3, /2/],
    ['a program that is not Go', ['gotls', '-e', '/bin/ls'], 3, /not a Go program/],
  ] as const)('%s', async ([, args, code, text], context) => {
    // What is not there can only be told by who may look.
    if (code === 3) await needCapture(context);
    const result = await tlstap(args);

    expect(result.stderr).toMatch(text);
    expect(result.stdout).toBe('');
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(stackTrace);
  });

  test('bare tlstap prints its help and exits 2', async () => {
    const result = await tlstap([]);

    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).toMatch(/^Examples:/m);
  });

  test('--help and --version exit 0', async () => {
    expect(await tlstap(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(await tlstap(['gotls', '--help'])).toMatchObject({ code: 0, stderr: '' });
    const { version } = JSON.parse(readFileSync(join(projectPaths.root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await tlstap(['--version'])).stdout.trim()).toBe(version);
  });
});

describe('output files', () => {
  test.for([
    ['-o', 'a folder that is not there', '/nowhere/out'],
    ['-o', 'a folder', '/tmp'],
    ['--record', 'a folder that is not there', '/nowhere/out'],
    ['--ready-file', 'a folder that is not there', '/nowhere/ready'],
  ] as const)('%s to %s: says which and why', async ([flag, , path], context) => {
    await needCapture(context);
    const result = await tlstap(['gotls', '-e', needProgram(context, 'idle'), '--duration', '1', flag, path]);

    expectTrouble(result, 1, [new RegExp(path)]);
  });

  test('are for their owner only, and a link is not followed', async (context) => {
    await needCapture(context);
    const folder = mkdtempSync(join(tmpdir(), 'tlstap-output-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const args = ['gotls', '-e', needProgram(context, 'idle'), '--duration', '1'];
    const [output, recording] = [join(folder, 'out'), join(folder, 'recording')];
    expect(await tlstap([...args, '--json', '-o', output, '--record', recording])).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(statSync(recording).mode & 0o777).toBe(0o600);
    expect(readFileSync(output, 'utf8')).toMatch(/^\{"type":"start"/);

    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    const link = join(folder, 'link');
    symlinkSync(victim, link);
    expectTrouble(await tlstap([...args, '-o', link]), 1, [/link/]);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  test('belong to the user who called sudo', async (context) => {
    await needCapture(context);
    const folder = mkdtempSync(join(tmpdir(), 'tlstap-output-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [output, recording] = [join(folder, 'out'), join(folder, 'recording')];
    const args = ['gotls', '-e', needProgram(context, 'idle'), '--duration', '1'];
    const sudo = ['env', 'SUDO_UID=65534', 'SUDO_GID=65534'];
    expect((await tlstap([...args, '-o', output, '--record', recording], sudo)).code).toBe(0);

    for (const path of [output, recording])
      expect(statSync(path)).toMatchObject({ uid: 65_534, gid: 65_534 });
  });

  test('a full disk while capturing: exit 1, and the file is named', async (context) => {
    await needCapture(context);
    const result = await tlstap([
      'gotls',
      '-e',
      needProgram(context, 'idle'),
      '--json',
      '--duration',
      '1',
      '-o',
      '/dev/full',
    ]);

    expectTrouble(result, 1, [/\/dev\/full/, /no space/i]);
  });
});

test('the ready file of an earlier run is removed before anything else', async (context) => {
  await needCapture(context);
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-ready-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ready = join(folder, 'ready');
  writeFileSync(ready, '');
  const result = await tlstap(['gotls', '-e', '/bin/ls', '--ready-file', ready]);

  expect(result.code).toBe(3);
  expect(() => statSync(ready)).toThrow('ENOENT');
});

const stackTrace = /^\s+at .*:\d+:\d+/m;

/** One line that says what, then why and what to do, indented; nothing on stdout; no stack trace. */
function expectTrouble(result: CommandResult, code: number, texts: readonly RegExp[]): void {
  expect(result.stderr).toMatch(/^tlstap: \S.*\n( {2,}\S.*\n)+$/m);
  expect(result.stderr).not.toMatch(stackTrace);
  for (const text of texts) expect(result.stderr).toMatch(text);
  expect(result.stdout).toBe('');
  expect(result.code).toBe(code);
}

async function tlstap(args: readonly string[], wrapper: readonly string[] = []): Promise<CommandResult> {
  const [command = '', ...rest] = [...wrapper, process.execPath, projectPaths.main, ...args];
  return runCommand(command, rest, { timeoutMs: 30_000 });
}

/** Runs what follows in a mount namespace of its own, after a mount that hides something. */
function withMount(mount: string): string[] {
  return ['unshare', '--mount', 'sh', '-c', `${mount} && exec "$0" "$@"`];
}

async function libraryPath(name: string): Promise<string> {
  const { stdout } = await runCommand('ldconfig', ['-p'], { timeoutMs: 10_000 });
  const path = stdout
    .split('\n')
    .find((line) => line.trim().startsWith(`${name} `))
    ?.split('=> ')[1];
  if (path === undefined) throw new Error(`ldconfig knows no ${name}`);
  return path;
}
