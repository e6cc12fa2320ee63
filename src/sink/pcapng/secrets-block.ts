import { blockType, formatBlock } from './block.ts';

/** `TLSK`: what follows are lines of a key log. */
const tlsKeyLog = 0x544c534b;

/** What a secrets block needs beside its lines. */
export const secretsBlockOverheadBytes = 20;

/** Decryption secrets, as lines of a key log. Readers use them for the packets that follow. */
export function formatSecretsBlock(lines: string): Buffer {
  const text = Buffer.from(lines, 'latin1');
  const fixed = Buffer.alloc(8);
  fixed.writeUInt32LE(tlsKeyLog, 0);
  fixed.writeUInt32LE(text.length, 4);
  return formatBlock(blockType.secrets, fixed, text);
}
