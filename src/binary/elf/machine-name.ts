/** A readable name for `e_machine` (System V ABI; elf.h). */
export function machineName(machine: number): string {
  return names.get(machine) ?? `machine ${machine}`;
}

const names: ReadonlyMap<number, string> = new Map([
  [2, 'SPARC'],
  [3, 'Intel 80386'],
  [4, 'Motorola 68000'],
  [8, 'MIPS'],
  [15, 'PA-RISC'],
  [20, 'PowerPC'],
  [21, 'PowerPC 64-bit'],
  [22, 'IBM S/390'],
  [40, 'ARM 32-bit'],
  [43, 'SPARC V9'],
  [50, 'Itanium'],
  [62, 'x86-64'],
  [183, 'arm64'],
  [243, 'RISC-V'],
  [247, 'BPF'],
  [258, 'LoongArch'],
]);
