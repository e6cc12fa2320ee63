import type { TestContext } from 'vitest';
import { findCommand } from './find-command.ts';
import { runCommand } from './run-command.ts';

/** What tshark makes of a capture by itself, in one pass. */
export interface Decrypted {
  /** Paths of requests. */
  readonly requests: readonly string[];
  /** Bodies of requests and responses that are text. */
  readonly bodies: readonly string[];
}

/** Arguments with which tshark prints what {@link readDecrypted} reads. */
export const decryptedFields: readonly string[] = [
  ...['-n', '-Y', 'http or http2', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator= '],
  ...[
    'http.request.uri',
    'http2.headers.path',
    'http.file_data',
    'http2.body.reassembled.data',
    'http2.data.data',
  ].flatMap((name) => ['-e', name]),
];

/** Reads a file without any help but what is in it; skips the test where tshark is not installed. */
export async function decrypt(context: TestContext, path: string): Promise<Decrypted> {
  needTshark(context);
  const { stdout, stderr, code } = await runCommand('tshark', ['-r', path, ...decryptedFields], {
    timeoutMs: 120_000,
  });
  if (code !== 0) throw new Error(`tshark: ${stderr}`);
  return readDecrypted(stdout);
}

export function needTshark(context: TestContext): void {
  if (findCommand('tshark') === undefined) context.skip('tshark is not installed');
}

export function readDecrypted(lines: string): Decrypted {
  const requests: string[] = [];
  const bodies: string[] = [];
  for (const line of lines.split('\n')) {
    const [uri = '', path = '', text = '', reassembled = '', data = ''] = line.split('\t');
    requests.push(...uri.split(' '), ...path.split(' '));
    if (text !== '') bodies.push(text.replaceAll('\\n', '\n'));
    // A body of several frames is told whole with the last of them, and by its piece.
    for (const hex of (reassembled === '' ? data : reassembled).split(' '))
      if (hex !== '') bodies.push(Buffer.from(hex, 'hex').toString());
  }
  return { requests: requests.filter((one) => one !== ''), bodies };
}
