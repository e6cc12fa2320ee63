/** What follows an opcode byte (Intel SDM volume 2, appendix A). */
export const layout = {
  modRm: 1,
  imm8: 2,
  /** 16 or 32 bits, by operand size. */
  immZ: 4,
  invalid: 8,
  imm16: 16,
} as const;

const { modRm, imm8, immZ, invalid, imm16 } = layout;

/** By opcode byte: the one-byte map in 64-bit mode. */
export const oneByteLayout: Uint8Array = buildOneByteLayout();

/** By opcode byte: the two-byte map (after 0F). Its immediates hold for VEX and EVEX map 1 as well. */
export const twoByteLayout: Uint8Array = buildTwoByteLayout();

function buildOneByteLayout(): Uint8Array {
  const table = new Uint8Array(256);
  for (let row = 0; row < 0x40; row += 8) {
    table.fill(modRm, row, row + 4);
    table[row + 4] = imm8;
    table[row + 5] = immZ;
    table.fill(invalid, row + 6, row + 8);
  }
  // 26, 2E, 36 and 3E are prefixes and never looked up; 0F is an escape.
  table.fill(invalid, 0x60, 0x63);
  table[0x63] = modRm;
  table[0x68] = immZ;
  table[0x69] = modRm | immZ;
  table[0x6a] = imm8;
  table[0x6b] = modRm | imm8;
  table.fill(imm8, 0x70, 0x80);
  table[0x80] = modRm | imm8;
  table[0x81] = modRm | immZ;
  table[0x82] = invalid;
  table[0x83] = modRm | imm8;
  table.fill(modRm, 0x84, 0x90);
  table[0x9a] = invalid;
  table[0xa8] = imm8;
  table[0xa9] = immZ;
  table.fill(imm8, 0xb0, 0xb8);
  table.fill(modRm | imm8, 0xc0, 0xc2);
  table[0xc2] = imm16;
  table[0xc6] = modRm | imm8;
  table[0xc7] = modRm | immZ;
  table[0xc8] = imm16 | imm8;
  table[0xca] = imm16;
  table[0xcd] = imm8;
  table[0xce] = invalid;
  table.fill(modRm, 0xd0, 0xd4);
  table.fill(invalid, 0xd4, 0xd7);
  table.fill(modRm, 0xd8, 0xe0);
  table.fill(imm8, 0xe0, 0xe8);
  table.fill(immZ, 0xe8, 0xea);
  table[0xea] = invalid;
  table[0xeb] = imm8;
  table.fill(modRm, 0xf6, 0xf8);
  table.fill(modRm, 0xfe, 0x100);
  return table;
}

function buildTwoByteLayout(): Uint8Array {
  const table = new Uint8Array(256).fill(modRm);
  table[0x04] = invalid;
  table.fill(0, 0x05, 0x0a);
  table[0x0a] = invalid;
  table[0x0b] = 0;
  table[0x0c] = invalid;
  table[0x0e] = 0;
  table[0x0f] = modRm | imm8;
  table.fill(invalid, 0x24, 0x28);
  table.fill(0, 0x30, 0x36);
  table[0x36] = invalid;
  table[0x37] = 0;
  table.fill(invalid, 0x38, 0x40);
  table.fill(modRm | imm8, 0x70, 0x74);
  table[0x77] = 0;
  table.fill(invalid, 0x7a, 0x7c);
  table.fill(immZ, 0x80, 0x90);
  table.fill(0, 0xa0, 0xa3);
  table[0xa4] = modRm | imm8;
  table.fill(0, 0xa8, 0xab);
  table[0xac] = modRm | imm8;
  table[0xba] = modRm | imm8;
  table[0xc2] = modRm | imm8;
  table.fill(modRm | imm8, 0xc4, 0xc7);
  table.fill(0, 0xc8, 0xd0);
  return table;
}
