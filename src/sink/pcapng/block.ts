import { padded } from './option.ts';

/** Codes of blocks, draft-ietf-opsawg-pcapng §4. */
export const blockType = {
  section: 0x0a0d0d0a,
  interface: 1,
  interfaceStatistics: 5,
  packet: 6,
  secrets: 10,
} as const;

/**
 * | type (4) | length of all (4) | body, padded to 4 | length again (4) |
 */
export function formatBlock(type: number, ...body: readonly Buffer[]): Buffer {
  const bodyBytes = body.reduce((sum, part) => sum + part.length, 0);
  const lengthBytes = 12 + padded(bodyBytes);
  const block = Buffer.alloc(lengthBytes);
  block.writeUInt32LE(type, 0);
  block.writeUInt32LE(lengthBytes, 4);
  let offset = 8;
  for (const part of body) offset += part.copy(block, offset);
  block.writeUInt32LE(lengthBytes, lengthBytes - 4);
  return block;
}
