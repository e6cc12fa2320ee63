import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { decryptedFields, needTshark, readDecrypted } from '../support/decrypted.ts';
import { packetPath } from '../support/packet-file.ts';
import { projectPaths } from '../support/project-paths.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { waitUntil } from '../support/wait-until.ts';

const limit = { timeoutMs: 60_000 };

/** As Wireshark starts it. */
function call(...args: string[]): ReturnType<typeof runCommand> {
  return runCommand(process.execPath, [projectPaths.main, 'extcap', ...args], limit);
}

test('it lists its interface, link type and options, in sentences', async (context) => {
  const server = await RunningProgram.start(needProgram(context, 'webserver'));
  onTestFinished(() => server.kill());
  const interfaces = await call('--extcap-interfaces', '--extcap-version=4.0');
  const types = await call('--extcap-interface', 'tlstap', '--extcap-dlts');
  const config = await call('--extcap-interface', 'tlstap', '--extcap-config');
  const processes = await call(
    ...['--extcap-interface', 'tlstap', '--extcap-config', '--extcap-reload-option', 'pid', '--pid', ''],
  );

  expect(interfaces.stdout).toMatch(
    /^extcap \{version=\d[^{}]*\}\{display=[^{}]+\}\ninterface \{value=tlstap\}\{display=[^{}]+\}\n$/,
  );
  expect(types.stdout).toMatch(/^dlt \{number=1\}\{name=EN10MB\}\{display=[^{}]+\}\n$/);
  const sentences = config.stdout.trimEnd().split('\n');
  expect(sentences.filter((line) => !/^(arg|value) (\{[a-z]+=[^{}]*\})+$/.test(line))).toEqual([]);
  for (const option of ['--elfpath', '--pid', '--ifname', '--snaplen'])
    expect(config.stdout).toContain(`{call=${option}}`);
  expect(config.stdout).toContain('{value=lo}{display=lo}');
  const own = `value {arg=1}{value=${server.pid}}{display=webserver [${server.pid}]}`;
  expect(sentences).toContain(own);
  expect(processes.stdout.split('\n')).toContain(own);
  expect((await call('--extcap-interface', 'other', '--extcap-dlts')).code).toBe(2);
});

test('it captures into a pipe as Wireshark asks, and ends with its reader', async (context) => {
  await needCapture(context);
  needTshark(context);
  const server = await RunningProgram.start(needProgram(context, 'webserver'));
  onTestFinished(() => server.kill());
  const fifo = packetPath('fifo');
  expect((await runCommand('mkfifo', [fifo], limit)).code).toBe(0);
  const capture = call(
    ...['--capture', '--extcap-interface', 'tlstap', '--fifo', fifo, '--extcap-capture-filter'],
    ...[`tcp port ${server.port}`, '--pid', String(server.pid), '--only-process', 'true', '--ifname', 'lo'],
    ...['--elfpath', '', '--snaplen', '0'],
  );
  // The reader may be later than the writer.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const reader = spawn('tshark', ['-l', '-r', fifo, ...decryptedFields], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => {
    reader.kill('SIGKILL');
  });
  let printed = '';
  reader.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  let seed = 0;
  // There is no sign that it is ready: Wireshark shows packets as soon as there are some.
  await waitUntil(
    async () => {
      seed += 1;
      const client = await RecordedClient.connect({ port: server.port, protocol: 'h2' });
      await client.call({ path: `/text/640?seed=${seed}` });
      await client.close();
      return readDecrypted(printed).bodies.length > 0;
    },
    30_000,
    () => `something decrypted: ${printed}`,
  );
  reader.kill('SIGKILL');

  const { code, stderr } = await capture;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { bodies } = readDecrypted(printed);
  const said = Array.from({ length: seed }, (_, index) => pseudoRandomText(640, index + 1).toString());
  expect(said).toContain(bodies[0]);
});

test('without a program it says what to choose', async () => {
  const fifo = packetPath('fifo');
  const { code, stderr } = await call('--capture', '--extcap-interface', 'tlstap', '--fifo', fifo);
  expect(code).toBe(2);
  expect(stderr).toContain('neither a program nor a process was chosen');
});

test('--install makes it known to Wireshark', async (context) => {
  await needCapture(context);
  needTshark(context);
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-extcap-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { stdout } = await call('--install', join(folder, 'inner'));
  const path = stdout.trim();
  expect(path).toBe(join(folder, 'inner', 'tlstap'));
  expect(statSync(path).mode & 0o777).toBe(0o755);
  // In a mount namespace of its own, that folder is Wireshark's.
  const folders = await runCommand('tshark', ['-G', 'folders'], limit);
  const [, place = ''] = /^(?:Global )?Extcap path:\s+(.+)$/m.exec(folders.stdout) ?? [];
  const inside = (...args: string[]): ReturnType<typeof runCommand> =>
    runCommand(
      'unshare',
      [
        '-m',
        'sh',
        '-c',
        `mount --bind '${join(folder, 'inner')}' '${place}' && exec tshark "$@"`,
        'sh',
        ...args,
      ],
      limit,
    );
  const known = await inside('-D');
  expect(known.stdout).toMatch(/^\d+\. tlstap \(TLS of Go programs, decrypted\)$/m);
  const types = await inside('-i', 'tlstap', '-L');
  expect(types.stdout).toContain('EN10MB');
});
