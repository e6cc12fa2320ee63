import { describe, expect, inject, test } from 'vitest';
import { provideLinksharedProgram } from '../support/linkshared-program.ts';
import {
  obfuscate,
  provideChangedProgram,
  provideEmptyFile,
  provideGccgoProgram,
  providePackedProgram,
  provideTextFile,
  removeLineTable,
  truncate,
} from '../support/odd-file.ts';
import { projectPaths } from '../support/project-paths.ts';
import { unavailable, type Provided } from '../support/provided.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand, type CommandResult } from '../support/run-command.ts';

const text = (path: string): Provided<string> => ({ ok: true, value: path });

interface Case {
  readonly name: string;
  readonly provide: () => Provided<string> | Promise<Provided<string>>;
  /** What the message says, apart from the file. */
  readonly says: readonly RegExp[];
}

// No root is needed for any of them.
const cases: readonly Case[] = [
  { name: 'a script', provide: () => text(provideTextFile()), says: [/not an ELF/i] },
  { name: 'an empty file', provide: () => text(provideEmptyFile()), says: [/empty|not an ELF/i] },
  { name: 'a C program', provide: () => text('/bin/ls'), says: [/not a Go program/, /libc\.so\.6/] },
  { name: 'a program of gccgo', provide: provideGccgoProgram, says: [/gccgo/] },
  {
    name: 'a program of TinyGo',
    provide: () =>
      unavailable('TinyGo comes in no Debian, npm or PyPI package; unit tests use a synthetic program'),
    says: [/TinyGo/],
  },
  {
    name: 'a program packed by UPX',
    provide: () => changedIdle((path) => providePackedProgram(path)),
    says: [/UPX/],
  },
  {
    name: 'an obfuscated program',
    provide: () => changed('obfuscated', obfuscate),
    says: [/garble|obfuscat/i],
  },
  {
    name: 'a program without its line table',
    provide: () => changed('no-lines', removeLineTable),
    says: [/line table|function table/i],
  },
  {
    name: 'a truncated program',
    provide: () => changed('truncated', truncate),
    says: [/truncated|cut|incomplete/i],
  },
  { name: 'a program without crypto/tls', provide: () => built('notls'), says: [/crypto\/tls/] },
  { name: 'a 32-bit program', provide: () => built('bits32'), says: [/32-bit/] },
  {
    name: 'crypto/tls in a shared library',
    provide: provideLinksharedProgram,
    says: [/linkshared|shared library/i],
  },
];

describe('inspect refuses with a reason of its own and exit code 3', () => {
  test.for(cases.map((row) => [row.name, row] as const))('%s', async ([, { provide, says }], context) => {
    const path = await provide();
    if (!path.ok) context.skip(path.reason);
    const file = path.ok ? path.value : '';
    const result = await inspect(file);

    // The file's own name may say it too.
    const said = result.stderr.replaceAll(file, 'FILE');
    for (const word of says) expect(said).toMatch(word);
    expect(result.stderr).toMatch(/^tlstap: \S.*\n( {2}\S.*\n)+$/);
    expect(result.stderr).toContain(file);
    expect(result.code).toBe(3);
    expect(result.stdout).toBe('');

    const json = await inspect('--json', file);
    expect(json.code).toBe(3);
  });

  test('no two of them are told apart by their file alone', async () => {
    const messages = new Map<string, string>();
    for (const { name, provide } of cases) {
      const path = await provide();
      if (!path.ok || /empty|script/.test(name)) continue;
      const { stderr } = await inspect(path.value);
      messages.set(name, stderr.replaceAll(path.value, 'FILE'));
    }
    expect(new Set(messages.values()).size).toBe(messages.size);
  });
});

describe('a program for another architecture', () => {
  test('is planned by inspect, with exit code 0', async (context) => {
    const result = await inspect('--json', needProgram(context, 'arm64'));

    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    const plan = JSON.parse(result.stdout) as { architecture: string; sites: { role: string }[] };
    expect(plan.architecture).toBe('arm64');
    expect(new Set(plan.sites.map(({ role }) => role))).toEqual(
      new Set(['write', 'read', 'secrets', 'close', 'socket']),
    );
  });

  test('is refused by capture, with exit code 3', async (context) => {
    await needCapture(context);
    const result = await runCommand(
      process.execPath,
      [projectPaths.main, 'gotls', '-e', needProgram(context, 'arm64')],
      { timeoutMs: 30_000 },
    );

    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/arm64/);
    expect(result.stderr).toMatch(/x86-64/);
  });
});

async function inspect(...args: readonly string[]): Promise<CommandResult> {
  return runCommand(process.execPath, [projectPaths.main, 'inspect', ...args], { timeoutMs: 30_000 });
}

function built(name: string): Provided<string> {
  return inject('programs')[name] ?? unavailable(`no build is called ${name}`);
}

function changed(name: string, change: (bytes: Buffer) => Buffer): Provided<string> {
  const program = built('idle');
  return program.ok ? text(provideChangedProgram(program.value, name, change)) : program;
}

async function changedIdle(change: (path: string) => Promise<Provided<string>>): Promise<Provided<string>> {
  const program = built('idle');
  return program.ok ? change(program.value) : program;
}
