import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { onTestFinished, type TestContext } from 'vitest';
import { findCommand } from './find-command.ts';
import type { NetworkEnd } from './network-pair.ts';
import { waitUntil } from './wait-until.ts';

export interface CapturedFrame {
  readonly bytes: Buffer;
  readonly originalBytes: number;
}

export interface Tcpdump {
  /** Ends it; what it captured, in order, and how many packets it says it lost. */
  readonly stop: () => Promise<{ readonly frames: readonly CapturedFrame[]; readonly lost: number }>;
}

/** tcpdump at work on a device, as the reference; skips the test where it is not installed. */
export async function startTcpdump(
  context: TestContext,
  end: NetworkEnd,
  path: string,
  args: readonly string[],
): Promise<Tcpdump> {
  if (findCommand('tcpdump') === undefined) context.skip('tcpdump is not installed');
  const [command, ...rest] = [
    ...end.enter,
    ...['tcpdump', '-i', end.device, '-U', '-s', '0', '-B', '65536', '--time-stamp-precision=nano'],
    ...['-Z', 'root', '-w', path, ...args],
  ];
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  let ended = false;
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  child.on('close', () => (ended = true));
  await waitUntil(
    () => stderr.includes('listening on'),
    20_000,
    () => `tcpdump listening: ${stderr}`,
  );
  return {
    stop: async () => {
      // Packets wait in its ring for up to its time-out.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      child.kill('SIGINT');
      await waitUntil(
        () => ended,
        20_000,
        () => `the end of tcpdump: ${stderr}`,
      );
      const lost = Number(/(\d+) packets? dropped by kernel/.exec(stderr)?.[1] ?? 0);
      return { frames: parsePcap(readFileSync(path)), lost };
    },
  };
}

/** The classic format: 24 bytes, then for each packet { seconds u32, nanoseconds u32, captured u32, original u32, bytes }. */
function parsePcap(file: Buffer): CapturedFrame[] {
  const frames: CapturedFrame[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const captured = file.readUInt32LE(at + 8);
    frames.push({
      bytes: file.subarray(at + 16, at + 16 + captured),
      originalBytes: file.readUInt32LE(at + 12),
    });
    at += 16 + captured;
  }
  return frames;
}
