import { decodeArm64 } from '../arm64/decode-arm64.ts';
import { decodeX8664 } from '../x86-64/decode-x86-64.ts';
import type { Decoder } from './instruction.ts';

/** What the analysis of code needs to know about an architecture. Register numbers are those of its encodings. */
export interface Machine {
  readonly decode: Decoder;
  readonly stackPointer: number;
  readonly framePointer: number;
}

export const machines: Readonly<Record<'x86-64' | 'arm64', Machine>> = {
  // RSP and RBP.
  'x86-64': { decode: decodeX8664, stackPointer: 4, framePointer: 5 },
  // SP and X29.
  arm64: { decode: decodeArm64, stackPointer: 31, framePointer: 29 },
};
