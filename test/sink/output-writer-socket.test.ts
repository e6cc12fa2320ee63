import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
let folder = '';

// The stdout that Node gives a child is a socket: it cannot be opened anew, and a process whose thread is blocked in
// a write to it cannot exit in the ordinary way.
const script = `
import { openStdout } from './sink/output-descriptor.js';
import { OutputWriter } from './sink/output-writer.js';
import { exitNow } from './bpf/exit-now.js';
const descriptor = openStdout();
const writer = new OutputWriter({ descriptor });
for (let i = 0; i < 20000; i += 1) writer.write('x'.repeat(99) + '\\n');
const undelivered = await writer.close(Number(process.argv[2]));
process.stderr.write(JSON.stringify({ mode: descriptor.mode, undelivered, stuck: writer.stuck }));
if (writer.stuck) exitNow(0);
`;

// Inside the project, so that the compiled files find koffi by name.
beforeAll(() => {
  fs.mkdirSync(path.join(root, '.cache'), { recursive: true });
  folder = fs.mkdtempSync(path.join(root, '.cache/socket-'));
  const sources = ['src/sink/output-writer.ts', 'src/sink/output-descriptor.ts', 'src/bpf/exit-now.ts'];
  const options =
    '--ignoreConfig --target es2023 --module nodenext --types node --skipLibCheck --rewriteRelativeImportExtensions';
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  const compiled = spawnSync(
    tsc,
    [...options.split(' '), '--rootDir', 'src', '--outDir', folder, ...sources],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  expect(compiled.stdout + compiled.stderr).toBe('');
  fs.writeFileSync(path.join(folder, 'writer.js'), script);
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a socket that nobody reads: what was not delivered is said, and the process ends', async () => {
  const child = run('200');
  const started = performance.now();
  const [code, report] = await Promise.all([exitCodeOf(child), text(child.stderr)]);
  expect(performance.now() - started).toBeLessThan(3000);
  expect(code).toBe(0);
  const { mode, undelivered, stuck } = JSON.parse(report) as Record<string, unknown>;
  expect({ mode, stuck }).toEqual({ mode: 'thread', stuck: true });
  expect(undelivered).toBeGreaterThan(1_000_000);
  expect(undelivered).toBeLessThan(2_000_000);
});

test('a socket that is read gets everything', async () => {
  const child = run('5000');
  const [code, output, report] = await Promise.all([
    exitCodeOf(child),
    text(child.stdout),
    text(child.stderr),
  ]);
  expect(code).toBe(0);
  expect(output.length).toBe(2_000_000);
  expect(JSON.parse(report)).toEqual({ mode: 'thread', undelivered: 0, stuck: false });
});

function run(limitMs: string): ReturnType<typeof spawnPiped> {
  return spawnPiped(path.join(folder, 'writer.js'), limitMs);
}

function spawnPiped(file: string, limitMs: string) {
  return spawn(process.execPath, [file, limitMs], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function exitCodeOf(child: ReturnType<typeof spawnPiped>): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', resolve));
}
