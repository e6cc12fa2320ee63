import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { captureExchange } from '../support/capture-exchange.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { projectPaths } from '../support/project-paths.ts';
import { needCapture } from '../support/requirements.ts';
import { runCommand } from '../support/run-command.ts';
import { RunningProgram } from '../support/running-program.ts';
import { compilerCells, minorOf, type CompilerCell } from './compiler-cells.ts';
import { MatrixResults } from './results.ts';
import { runCell, type CellFinding } from './run-cell.ts';

const results = new MatrixResults('compilers', compilerCells);
const named = compilerCells.map((cell) => [`Go ${cell.row}, ${cell.column}`, cell] as const);

test.for(named)('every stream is captured exactly: %s', async ([, cell], context) => {
  await needCapture(context);
  await runCell(context, results, cell, () => compare(cell));
});

/** 64 connections per TLS version, both ends, streams of 1 B to 300 kB, read into buffers of 1 B to 1 MiB. */
async function compare({ row, column, build }: CompilerCell): Promise<CellFinding> {
  if ('notApplicable' in build) return build;
  const program = await provideGoProgram(build);
  if (!program.ok) return { notApplicable: program.reason };
  await expectVariant(program.value, column);
  const options = {
    programArgs: ['-tls', tlsVersions(minorOf(row)), '-connections', '64', '-gc'],
    programEnv: { GODEBUG: 'tls13=1' },
    // The memory that a sanitizer of those years wants is where today's kernels put other things by chance.
    programWrapper: column === '-race' ? ['setarch', '--addr-no-randomize'] : [],
  };
  const trouble = await runsByItself(program.value, options);
  if (trouble !== undefined) return { notApplicable: `does not run here: ${trouble}` };

  const run = await captureExchange(program.value, options);

  expect(run.problems).toEqual([]);
  expect(run.truths).toHaveLength(64 * 2 * tlsVersions(minorOf(row)).split(',').length);
  expect(run.programExitCode).toBe(0);
  expect(run.result.code).toBe(0);
  const bytes = run.truths.reduce((sum, { read, write }) => sum + read.bytes + write.bytes, 0);
  return { ends: run.truths.length, bytes };
}

/** TLS 1.3 came with Go 1.12, for which GODEBUG has to ask. */
function tlsVersions(minor: number): string {
  return minor < 12 ? '1.2' : '1.2,1.3';
}

/** That it is what the column says: flags and experiments that do not work may be ignored in silence. */
async function expectVariant(program: string, column: string): Promise<void> {
  const bytes = readFileSync(program);
  const traces: Readonly<Record<string, string>> = {
    boringcrypto: '_goboringcrypto_',
    GOFIPS140: 'crypto/internal/fips140/v1.0.0',
    'external link': 'GCC: (',
  };
  const trace = traces[column];
  if (trace !== undefined) expect(bytes.includes(trace), trace).toBe(true);
  if (column.includes('-s -w')) expect(bytes.includes('.symtab')).toBe(false);
  // e_type of the ELF header: ET_EXEC or ET_DYN.
  expect(bytes.readUInt16LE(16)).toBe(column.startsWith('PIE') ? 3 : 2);
  const strategies: Readonly<Record<string, string>> = {
    '-race': 'call-slicecopy',
    '-N -l': 'call-reader',
    '-l': 'call-reader',
  };
  const { stdout } = await runCommand(process.execPath, [projectPaths.main, 'inspect', '--json', program], {
    timeoutMs: 60_000,
  });
  const { sites } = JSON.parse(stdout) as { sites: { role: string; strategy: string }[] };
  expect(sites.find(({ role }) => role === 'read')?.strategy).toBe(strategies[column] ?? 'call-memmove');
}

/** Why the program fails where nobody looks on: then there is nothing that could be captured. */
async function runsByItself(
  program: string,
  {
    programArgs,
    programEnv,
    programWrapper,
  }: {
    readonly programArgs: readonly string[];
    readonly programEnv: Readonly<Record<string, string>>;
    readonly programWrapper: readonly string[];
  },
): Promise<string | undefined> {
  try {
    const running = await RunningProgram.start(program, programArgs, {
      env: { ...process.env, ...programEnv },
      wrapper: programWrapper,
    });
    onTestFinished(() => running.kill());
    running.send('go');
    const code = await running.exit(120_000);
    return code === 0 ? undefined : `exit code ${code}`;
  } catch (error) {
    return String(error instanceof Error ? error.message : error).slice(0, 300);
  }
}
