import { expect, onTestFinished, test } from 'vitest';
import { findCommand } from '../support/find-command.ts';
import { projectPaths } from '../support/project-paths.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';

// util-linux's `script` gives the command a terminal; both of its streams come out together.
const script = findCommand('script');

test('a program that says nothing: after 5 s one line says why that may be', async (context) => {
  await needCapture(context);
  if (script === undefined) context.skip('there is no script command to make a terminal');
  const program = await RunningProgram.start(needProgram(context, 'idle'));
  onTestFinished(() => program.kill());

  const screen = await onTerminal(['gotls', '--pid', String(program.pid), '--duration', '8']);

  const hints = screen.split('\n').filter((line) => line.includes('nothing yet'));
  expect(hints).toHaveLength(1);
  expect(hints[0]).toContain(`idle[${program.pid}]`);
  expect(screen).toContain(`tlstap inspect ${program.pid}`);
});

test('what was said cannot steer the terminal: control characters are escaped', async (context) => {
  await needCapture(context);
  if (script === undefined) context.skip('there is no script command to make a terminal');
  const path = needProgram(context, 'webserver');
  const server = await RunningProgram.start(path);
  onTestFinished(() => server.kill());
  const shown = onTerminal(['gotls', '--pid', String(server.pid), '--duration', '6', '--color', 'never']);
  const client = await connectWhenAttached(server.port);
  const evil = Buffer.from('before\u001b]0;title\u0007\u001b[2Jafter\u009b31m\r\n');
  for (let i = 0; i < 30; i += 1) {
    await client.call({
      method: 'POST',
      path: '/echo',
      body: evil,
      headers: { 'content-type': 'text/plain' },
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await client.close();
  const screen = await shown;

  expect(screen).toContain('before');
  expect(screen).toContain('after');
  // Apart from line ends, which the terminal makes CR LF of.
  expect(screen.replaceAll('\r\n', '\n').match(/[^\P{Cc}\n]/u)).toBeNull();
});

async function connectWhenAttached(port: number): Promise<RecordedClient> {
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return RecordedClient.connect({ port, protocol: 'http/1.1' });
}

async function onTerminal(args: readonly string[]): Promise<string> {
  const command = [process.execPath, projectPaths.main, ...args].map((word) => `'${word}'`).join(' ');
  const result = await runCommand('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    timeoutMs: 60_000,
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
  });
  expect(result.code).toBe(0);
  return result.stdout;
}
