import type { Opcode } from './opcode.ts';
import { layout, twoByteLayout } from './operand-layout.ts';
import type { Prefixes } from './prefixes.ts';

/**
 * VEX, EVEX and XOP: register extension bits are stored inverted.
 * C5 [RvvvvLpp] op · C4 [RXBmmmmm] [WvvvvLpp] op · 8F likewise · 62 [RXBR0mmm] [Wvvvv1pp] [zLLbVaaa] op
 */
export function parseVectorOpcode(code: Uint8Array, prefixes: Prefixes): Opcode | undefined {
  // Before these, 66, F2, F3, LOCK and REX are undefined (Intel SDM volume 2, 2.3.2 and 2.7.11).
  if (prefixes.operandSize || prefixes.repeat !== 0 || prefixes.lock || prefixes.rex !== 0) return undefined;
  const at = prefixes.end;
  const lead = code[at] ?? 0;
  const first = code[at + 1] ?? 0;
  const short = lead === 0xc5;
  const evex = lead === 0x62;
  const xop = lead === 0x8f;
  const second = short ? first : (code[at + 2] ?? 0);
  const third = code[at + 3] ?? 0;
  const map = short ? 1 : evex ? first & 7 : first & 0x1f;
  const end = at + (short ? 3 : evex ? 5 : 4);
  const opcode = code[end - 1] ?? 0;

  let operands: number = layout.modRm;
  let extraImmediate = 0;
  if (xop) {
    if (map > 10) return undefined;
    extraImmediate = map === 8 ? 1 : map === 10 ? 4 : 0;
  } else {
    if (map === 0 || (map > 3 && !(evex && (map === 5 || map === 6)))) return undefined;
    if (evex && ((first & 8) !== 0 || (second & 4) === 0)) return undefined;
    if (map === 3 || (map === 1 && ((twoByteLayout[opcode] ?? 0) & layout.imm8) !== 0))
      operands |= layout.imm8;
    // VZEROUPPER and VZEROALL stand alone.
    if (map === 1 && opcode === 0x77 && !evex) operands = 0;
  }
  const lengthBits = evex ? third >> 5 : second >> 2;
  return {
    end,
    map: xop ? 'xop' : 'vector',
    opcode,
    layout: operands,
    wide: !short && (second & 0x80) !== 0,
    extendReg: (first & 0x80) !== 0 ? 0 : 8,
    extendIndex: short || (first & 0x40) !== 0 ? 0 : 8,
    extendBase: short || (first & 0x20) !== 0 ? 0 : 8,
    vectorBytes: evex ? 16 << (lengthBits & 3) : (lengthBits & 1) !== 0 ? 32 : 16,
    scaledDisplacement: evex,
    registersOnly: false,
    extraImmediate,
  };
}
