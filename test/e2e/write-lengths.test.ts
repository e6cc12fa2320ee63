import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import type { JsonRecord } from '../support/json-record.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';
import { createHash } from 'node:crypto';

// Around the sizes at which something changes: a TLS record, the pieces in which a write is copied, and 16 MiB.
const lengths = [
  1,
  2,
  100,
  4095,
  4096,
  4097,
  16_383,
  16_384,
  16_385,
  32_768,
  65_535,
  65_536,
  65_537,
  1_000_003,
  1 << 20,
  (1 << 22) + 1,
  (1 << 24) - 1,
  1 << 24,
];

test(
  'one write of any length from 1 B to 16 MiB is captured whole, at both ends',
  { timeout: 180_000 },
  async (context) => {
    await needCapture(context);
    const path = needProgram(context, 'write');
    const program = await RunningProgram.start(path);
    onTestFinished(() => program.kill());
    // Room for all of it and its reading end, so that this shows lengths and not speed.
    const capture = await Capture.start({
      args: ['gotls', '-e', path, '--raw', '--json', '--buffer-size', '128M'],
    });
    onTestFinished(() => capture.dispose());
    const written: JsonRecord[] = [];
    for (const length of lengths) {
      program.send(String(length));
      written.push(await program.waitFor('written', written.length + 1));
    }
    expect(await program.end()).toBe(0);
    await capture.stop();

    const connections = assembleConnections(capture.records(), { keepBytes: true });
    const client = connections.find(({ role }) => role === 'client');
    const server = connections.find(({ role }) => role === 'server');
    expect(connections).toHaveLength(2);
    expect(connections.flatMap(({ problems }) => problems)).toEqual([]);
    expect(connections.flatMap(({ read, write }) => read.gaps.concat(write.gaps))).toEqual([]);
    let offset = 0;
    for (const { bytes, sha256, intact } of written) {
      const piece = client?.write.bytes.subarray(offset, offset + Number(bytes));
      expect({ bytes, sha256: hash(piece), intact }).toEqual({ bytes, sha256, intact: true });
      offset += Number(bytes);
    }
    expect(client?.write.lengthBytes).toBe(offset);
    expect(server?.read.lengthBytes).toBe(offset);
    expect(server?.read.sha256).toBe(client?.write.sha256);
  },
);

function hash(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? Buffer.alloc(0))
    .digest('hex');
}
