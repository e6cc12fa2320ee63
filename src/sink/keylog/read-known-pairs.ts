import fs from 'node:fs';
import { parseKeyLogLine } from './parse-key-log-line.ts';
import type { RecentPairs } from './recent-pairs.ts';

/** About as many lines as are remembered; what stands before is not looked at. */
const mostBytes = 64 * 1024 * 1024;
const pieceBytes = 256 * 1024;
/** No line of a key log is longer; a file of one endless line costs no memory. */
const longestLine = 1024;
/** Master secrets have 48 bytes, those of TLS 1.3 as many as the hash: 32, 48 or 64. Others were cut. */
const wholeSecretDigits: ReadonlySet<number> = new Set([64, 96, 128]);

/** Adds to `pairs` what the end of a key log holds already. Any bytes will do; what is no secret is passed over. */
export function readKnownPairs(fd: number, sizeBytes: number, pairs: RecentPairs): void {
  const piece = Buffer.alloc(pieceBytes);
  let rest = '';
  let isTooLong = false;
  for (let at = Math.max(0, sizeBytes - mostBytes); at < sizeBytes;) {
    const length = fs.readSync(fd, piece, 0, Math.min(pieceBytes, sizeBytes - at), at);
    if (length === 0) break;
    at += length;
    const lines = (rest + piece.toString('latin1', 0, length)).split('\n');
    rest = lines.pop() ?? '';
    if (isTooLong && lines.length > 0) {
      lines.shift();
      isTooLong = false;
    }
    for (const line of lines) remember(line, pairs);
    if (rest.length <= longestLine) continue;
    rest = '';
    isTooLong = true;
  }
  // A last line without an end may have been cut: then its secret is not the one that is meant.
}

function remember(line: string, pairs: RecentPairs): void {
  const known = parseKeyLogLine(line);
  if (known && wholeSecretDigits.has(known.secret.length)) pairs.add(known.label, known.clientRandom);
}
