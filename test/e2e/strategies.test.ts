import { describe, expect, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import type { GoBuildName } from '../support/go-builds.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand, type CommandResult } from '../support/run-command.ts';

interface Choice {
  readonly name: string;
  /** Names of strategies, as `TLSTAP_STRATEGIES` takes them; empty: what the planner chooses itself. */
  readonly strategies: string;
  readonly build: GoBuildName;
  /** Role and strategy that must then be in the plan. */
  readonly expected: readonly (readonly [role: string, strategy: string])[];
}

const choices: readonly Choice[] = [
  {
    name: 'what the planner chooses: jumps of stack checks, the call of memmove',
    strategies: '',
    build: 'machine',
    expected: [
      ['read', 'call-memmove'],
      ['write', 'stack-check-jump'],
      ['close', 'stack-check-jump'],
    ],
  },
  {
    name: 'read: the call of the reader, without inlining',
    strategies: 'call-reader',
    build: 'noInlining',
    expected: [['read', 'call-reader']],
  },
  {
    name: 'read: the call of slicecopy, with the race detector',
    strategies: 'call-slicecopy',
    build: 'race',
    expected: [['read', 'call-slicecopy']],
  },
  {
    name: 'read: returns with spilled registers',
    strategies: 'ret-spill',
    build: 'machine',
    expected: [['read', 'ret-spill']],
  },
  {
    name: 'read: returns with arguments on the stack',
    strategies: 'ret-spill',
    build: 'stackAbi116',
    expected: [['read', 'ret-spill']],
  },
  {
    name: 'read: stack check and returns, joined by goroutine',
    strategies: 'jump-ret-join',
    build: 'machine',
    expected: [['read', 'jump-ret-join']],
  },
  {
    name: 'read: entry and returns, joined by goroutine',
    strategies: 'entry-ret-join',
    build: 'machine',
    expected: [['read', 'entry-ret-join']],
  },
  {
    name: 'write: the push after the stack check',
    strategies: 'push-after-check',
    // It is there since Go 1.21; the machine's own Go may be older.
    build: 'strippedPie127',
    expected: [['write', 'push-after-check']],
  },
  {
    name: 'write and close: function entries',
    strategies: 'entry',
    build: 'machine',
    expected: [
      ['write', 'entry'],
      ['close', 'entry'],
    ],
  },
];

describe('each way of finding the sites captures exactly', () => {
  test.for(choices.map((choice) => [choice.name, choice] as const))('%s', async ([, choice], context) => {
    await needCapture(context);
    const program = needProgram(context, choice.build);
    const env = choice.strategies === '' ? {} : { TLSTAP_STRATEGIES: choice.strategies };
    expect(await plannedStrategies(program, env)).toEqual(expect.arrayContaining([...choice.expected]));

    const run = await captureExchange(program, {
      // Collecting moves stacks and preempts, so that functions start again and entries are hit twice.
      programArgs: ['-connections', '32', '-max', '100000', '-seed', '3', '-gc'],
      env,
    });

    expect(run.programExitCode).toBe(0);
    expect(run.problems).toEqual([]);
  });
});

test('what joins by goroutine is refused where the goroutine is in no register', async (context) => {
  const program = needProgram(context, 'stackAbi116');
  for (const strategies of ['jump-ret-join', 'entry-ret-join']) {
    const result = await inspect(program, { TLSTAP_STRATEGIES: strategies });

    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/stack ABI/);
  }
});

async function plannedStrategies(
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<unknown[][]> {
  const result = await inspect(program, env);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const plan = JSON.parse(result.stdout) as { sites: { role: string; strategy: string }[] };
  return plan.sites.map(({ role, strategy }) => [role, strategy]);
}

async function inspect(program: string, env: Readonly<Record<string, string>>): Promise<CommandResult> {
  return runCommand(process.execPath, [projectPaths.main, 'inspect', '--json', program], {
    env: { ...process.env, ...env },
    timeoutMs: 30_000,
  });
}
