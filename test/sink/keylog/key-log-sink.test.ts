import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { KeyLogSink } from '../../../src/sink/keylog/key-log-sink.ts';
import { openKeyLog } from '../../../src/sink/keylog/open-key-log.ts';
import { RecentPairs } from '../../../src/sink/keylog/recent-pairs.ts';
import { OutputWriter } from '../../../src/sink/output-writer.ts';
import { UserError } from '../../../src/util/user-error.ts';
import { secretEvent } from '../../support/secret-event.ts';

const first = `CLIENT_RANDOM ${'0a'.repeat(32)} ${'5e'.repeat(48)}\n`;
const second = `SERVER_TRAFFIC_SECRET_0 ${'0a'.repeat(32)} ${'77'.repeat(32)}\n`;
const events = [
  secretEvent(),
  secretEvent({ label: 'SERVER_TRAFFIC_SECRET_0', secret: '77'.repeat(32) }),
] as const;

test('each secret is one line, once, whoever tells it again', async () => {
  const file = scratchFile();
  await append(file, [events[0], events[1], events[0]]);
  expect(fs.readFileSync(file, 'utf8')).toBe(first + second);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a later capture adds only what is not there, behind what is', async () => {
  const file = scratchFile();
  fs.writeFileSync(file, `# a comment\n${first.toUpperCase()}`, { mode: 0o644 });
  await append(file, events);
  expect(fs.readFileSync(file, 'utf8')).toBe(`# a comment\n${first.toUpperCase()}${second}`);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a line that was cut is ended first, and only when there is something to add', async () => {
  const file = scratchFile();
  fs.writeFileSync(file, first + second.slice(0, 60));
  await append(file, [events[0]]);
  expect(fs.readFileSync(file, 'utf8')).toBe(first + second.slice(0, 60));
  await append(file, events);
  expect(fs.readFileSync(file, 'utf8')).toBe(`${first}${second.slice(0, 60)}\n${second}`);
});

test('two that append to one file at once lose nothing', async () => {
  const file = scratchFile();
  const [one, other] = [openSink(file), openSink(file)];
  one.sink.handle(events[0]);
  other.sink.handle(events[1]);
  expect(fs.readFileSync(file, 'utf8')).toBe(first + second);
  await one.writer.close(1000);
  await other.writer.close(1000);
});

test('each line is there when the next event comes', async () => {
  const file = scratchFile();
  const { sink, writer } = openSink(file);
  sink.handle(events[0]);
  expect(fs.readFileSync(file, 'utf8')).toBe(first);
  sink.handle(events[1]);
  expect(fs.readFileSync(file, 'utf8')).toBe(first + second);
  await writer.close(1000);
});

test('other events are none of its business', () => {
  const lines: string[] = [];
  const sink = new KeyLogSink((line) => lines.push(line) > 0, { known: new RecentPairs(), isCut: false });
  sink.handle({ type: 'tick', timeNs: 1 });
  sink.end();
  expect(lines).toEqual([]);
});

test('a secret that a slow reader did not get may still come later', () => {
  const lines: string[] = [];
  let full = true;
  const write = (line: string): boolean => {
    if (!full) lines.push(line);
    return !full;
  };
  const sink = new KeyLogSink(write, { known: new RecentPairs(), isCut: false });
  sink.handle(events[0]);
  full = false;
  sink.handle(events[0]);
  sink.handle(events[0]);
  expect(lines).toEqual([first]);
});

test('links are not followed', () => {
  const file = scratchFile();
  fs.symlinkSync('/dev/null', file);
  expect(() => openKeyLog(file, null)).toThrow(UserError);
});

test('a device is written as it is', async () => {
  await append('/dev/null', events);
  expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('any file can be appended to: what it holds stays, and what is new follows on lines of its own', async () => {
  const line = fc.constantFrom(first, second, first.slice(0, 90), '\n', '\r\n', 'x'.repeat(3000), '# c\n');
  const content = fc
    .array(
      fc.oneof(
        line.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 200 }),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => Buffer.concat(pieces));
  await fc.assert(
    fc.asyncProperty(content, async (before) => {
      const file = scratchFile();
      fs.writeFileSync(file, before);
      await append(file, events);
      const after = fs.readFileSync(file);
      expect(after.subarray(0, before.length).equals(before)).toBe(true);
      const lines = after.toString('latin1').split(/\r?\n/);
      for (const wanted of [first, second]) expect(lines).toContain(wanted.trimEnd());
      fs.rmSync(file);
    }),
    { numRuns: 300 },
  );
});

async function append(file: string, secrets: readonly (typeof events)[number][]): Promise<void> {
  const { sink, writer } = openSink(file);
  for (const secret of secrets) sink.handle(secret);
  expect(await writer.close(1000)).toBe(0);
}

function openSink(file: string): { sink: KeyLogSink; writer: OutputWriter } {
  const opened = openKeyLog(file, null);
  const writer = new OutputWriter({ descriptor: opened.descriptor, separate: true });
  return { sink: new KeyLogSink(writer.writeUtf8, opened), writer };
}

function scratchFile(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-keylog-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'keys.log');
}
