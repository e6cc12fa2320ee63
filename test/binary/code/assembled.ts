import { listCode, type Listing } from '../../../src/binary/code/listing.ts';
import { machines } from '../../../src/binary/code/machine.ts';

/** A listing of x86-64 instructions, each given as hex. */
export function code(...instructions: readonly string[]): Listing {
  return listCode(Buffer.from(instructions.join(''), 'hex'), machines['x86-64'].decode);
}

/** A listing of arm64 instruction words. */
export function arm64Code(...words: readonly number[]): Listing {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  return listCode(bytes, machines.arm64.decode);
}
