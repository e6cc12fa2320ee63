import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { waitUntil } from './wait-until.ts';

export interface EsbuildServer {
  readonly pid: number;
  readonly port: number;
  kill(): void;
}

/** Starts `esbuild serve` over HTTPS for a folder, which also gets a certificate; any free port. */
export async function startEsbuild(program: string, folder: string): Promise<EsbuildServer> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = await runCommand(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      '/CN=localhost',
    ].concat([...['-days', '2', '-keyout', key, '-out', certificate]]),
    { timeoutMs: 30_000 },
  );
  if (made.code !== 0) throw new Error(`openssl: ${made.stderr}`);
  const args = [
    `--servedir=${folder}`,
    '--serve=127.0.0.1:0',
    `--keyfile=${key}`,
    `--certfile=${certificate}`,
  ];
  // It ends when its standard input does, as a server started by a build tool should.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
  const port = await waitUntil(
    () => /https:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1],
    20_000,
    () => `esbuild serving: ${output}`,
  );
  return { pid: child.pid ?? 0, port: Number(port), kill: () => child.kill('SIGKILL') };
}
