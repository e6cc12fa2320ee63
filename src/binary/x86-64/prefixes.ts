/** The prefixes of one instruction. */
export interface Prefixes {
  /** Index of the opcode. */
  readonly end: number;
  readonly operandSize: boolean;
  readonly addressSize: boolean;
  readonly threadSegment: boolean;
  /** F2, F3 or 0. */
  readonly repeat: number;
  readonly lock: boolean;
  /** The REX byte, or 0. */
  readonly rex: number;
}

/** Bytes of the longest instruction there is (Intel SDM volume 2, 2.3.11). */
export const longestInstruction = 15;

/** Reads the prefixes at `start`; undefined when no opcode follows them within an instruction's length. */
export function parsePrefixes(code: Uint8Array, start: number): Prefixes | undefined {
  let operandSize = false;
  let addressSize = false;
  let threadSegment = false;
  let repeat = 0;
  let lock = false;
  let rex = 0;
  for (let at = start; at < start + longestInstruction && at < code.length; at++) {
    const byte = code[at] ?? 0;
    if ((byte & 0xf0) === 0x40) {
      rex = byte;
      continue;
    }
    if (byte === 0x66) operandSize = true;
    else if (byte === 0x67) addressSize = true;
    else if (byte === 0x64 || byte === 0x65) threadSegment = true;
    else if (byte === 0xf2 || byte === 0xf3) repeat = byte;
    else if (byte === 0xf0) lock = true;
    else if (byte !== 0x26 && byte !== 0x2e && byte !== 0x36 && byte !== 0x3e)
      return { end: at, operandSize, addressSize, threadSegment, repeat, lock, rex };
    // A REX byte counts only directly before the opcode (Intel SDM volume 2, 2.2.1).
    rex = 0;
  }
  return undefined;
}
