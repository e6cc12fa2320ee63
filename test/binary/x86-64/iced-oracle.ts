import {
  Code,
  Decoder,
  DecoderOptions,
  EncodingKind,
  FlowControl,
  Instruction as IcedInstruction,
  InstructionInfoFactory,
  MemorySizeExt,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
  type UsedRegister,
} from 'iced-x86';
import type { Flow, Instruction } from '../../../src/binary/code/instruction.ts';
import { decodeX8664 } from '../../../src/binary/x86-64/decode-x86-64.ts';

export interface Comparison {
  readonly compared: number;
  /** Places where iced-x86 sees no instruction. */
  readonly invalid: number;
  /** Instructions said to set RSP in an unknown way. */
  readonly unknownStack: number;
  /** The first few differences, in words. */
  readonly differences: readonly string[];
}

/**
 * Decodes `code` with both decoders, one instruction after the other or (`everyByte`) at every byte. `thorough` compares
 * memory operands and effects on RSP as well as lengths and control flow.
 */
export function compareWithIced(
  code: Uint8Array,
  options: { readonly everyByte?: boolean; readonly thorough?: boolean } = {},
): Comparison {
  const differences: string[] = [];
  let compared = 0;
  let invalid = 0;
  let unknownStack = 0;
  const iced = new IcedInstruction();
  const information = new InstructionInfoFactory();
  for (let base = 0; base < code.length;) {
    // The decoder copies its input, and its positions are 32 bits.
    const window = code.subarray(base, base + windowBytes + longestInstruction);
    const decoder = new Decoder(64, window, DecoderOptions.None);
    const end = Math.min(windowBytes, window.length - longestInstruction);
    let at = 0;
    let follows = true;
    while (at < end) {
      if (!follows) {
        decoder.position = at;
        decoder.ip = BigInt(at);
      }
      decoder.decodeOut(iced);
      follows = options.everyByte !== true;
      const ours = decodeX8664(window, at);
      if (iced.code === Code.INVALID) {
        invalid++;
        at++;
        follows = false;
        continue;
      }
      compared++;
      if (ours !== undefined && ours.stackDeltaBytes === undefined) unknownStack++;
      const difference = differ(ours, iced, options.thorough ? information : undefined);
      if (difference !== '' && differences.length < 20) {
        const bytes = Buffer.from(window.subarray(at, at + iced.length)).toString('hex');
        differences.push(`${base + at}: ${bytes} ${Mnemonic[iced.mnemonic]}: ${difference}`);
      }
      at += options.everyByte === true ? 1 : iced.length;
    }
    decoder.free();
    base += Math.max(at, 1);
    if (end <= 0 || base + longestInstruction >= code.length) break;
  }
  information.free();
  iced.free();
  return { compared, invalid, unknownStack, differences };
}

const windowBytes = 1024 * 1024;
const longestInstruction = 15;

function differ(
  ours: Instruction | undefined,
  iced: IcedInstruction,
  information: InstructionInfoFactory | undefined,
): string {
  if (ours === undefined) return 'not decoded';
  if (ours.lengthBytes !== iced.length) return `length ${ours.lengthBytes}, not ${iced.length}`;
  const flow = expectedFlow(iced);
  if (ours.flow !== flow) return `${ours.flow}, not ${flow}`;
  if (flow === 'jump' || flow === 'branch' || flow === 'call') {
    const target = BigInt.asIntN(64, iced.nearBranchTarget);
    if (BigInt(ours.target ?? 0) !== target) return `to ${ours.target}, not ${target}`;
  }
  return information === undefined ? '' : differMemory(ours, iced) || differStack(ours, iced, information);
}

function expectedFlow(iced: IcedInstruction): Flow {
  const flow = flows.get(iced.flowControl) ?? 'next';
  // Entering the kernel is no call to us, and HLT ends a program.
  if (flow === 'next') return iced.code === Code.Hlt ? 'trap' : 'next';
  return flow !== 'branch' && flow !== 'jump' && goOn.has(iced.mnemonic) ? 'next' : flow;
}

const goOn: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Int,
  Mnemonic.Syscall,
  Mnemonic.Sysenter,
  Mnemonic.Vmcall,
  Mnemonic.Vmlaunch,
  Mnemonic.Vmresume,
  Mnemonic.Vmrun,
  Mnemonic.Vmmcall,
  Mnemonic.Vmgexit,
  Mnemonic.Skinit,
]);

const flows: ReadonlyMap<FlowControl, Flow> = new Map<FlowControl, Flow>([
  [FlowControl.UnconditionalBranch, 'jump'],
  [FlowControl.IndirectBranch, 'indirect-jump'],
  [FlowControl.ConditionalBranch, 'branch'],
  [FlowControl.Return, 'return'],
  [FlowControl.Call, 'call'],
  [FlowControl.IndirectCall, 'indirect-call'],
  [FlowControl.Interrupt, 'trap'],
  [FlowControl.XbeginXabortXend, 'branch'],
  [FlowControl.Exception, 'trap'],
]);

function differMemory(ours: Instruction, iced: IcedInstruction): string {
  // The operands of XLAT and of MOV with a 64-bit address are implied by the opcode, not named by ModRM.
  if (iced.mnemonic === Mnemonic.Xlatb || implicitAddress.has(iced.code)) return '';
  const expected = hasMemoryOperand(iced);
  const memory = ours.memory;
  if (memory === undefined || !expected) {
    return expected === (memory !== undefined) ? '' : `memory ${memory !== undefined}, not ${expected}`;
  }
  const base = expectedBase(iced);
  if (memory.base !== base) return `base ${memory.base}, not ${base}`;
  if (memory.indexed !== (iced.memoryIndex !== Register.None)) return `indexed ${memory.indexed}`;
  if (base < 0) return '';
  const displacement = Number(
    BigInt.asIntN(iced.memoryBase < Register.RAX ? 32 : 64, iced.memoryDisplacement),
  );
  const size = memory.access === 'address' ? 0 : MemorySizeExt.size(iced.memorySize);
  const covered =
    memory.displacement <= displacement && memory.displacement + memory.sizeBytes >= displacement + size;
  if (covered && (iced.encoding === EncodingKind.EVEX || memory.displacement === displacement)) return '';
  return `[${memory.displacement}, +${memory.sizeBytes}], not [${displacement}, +${size}]`;
}

const implicitAddress: ReadonlySet<Code> = new Set([
  Code.Mov_AL_moffs8,
  Code.Mov_AX_moffs16,
  Code.Mov_EAX_moffs32,
  Code.Mov_RAX_moffs64,
  Code.Mov_moffs8_AL,
  Code.Mov_moffs16_AX,
  Code.Mov_moffs32_EAX,
  Code.Mov_moffs64_RAX,
]);

function hasMemoryOperand(iced: IcedInstruction): boolean {
  for (let operand = 0; operand < iced.opCount; operand++) {
    if (iced.opKind(operand) === OpKind.Memory) return true;
  }
  return false;
}

function expectedBase(iced: IcedInstruction): number {
  const segment = iced.segmentPrefix;
  if (segment === Register.FS || segment === Register.GS) return -1;
  const base = iced.memoryBase;
  if (base >= Register.RAX && base <= Register.R15) return base - Register.RAX;
  if (base >= Register.EAX && base <= Register.R15D) return base - Register.EAX;
  return -1;
}

/** RSP may be said to change in an unknown way, but never to stay when it does not. */
function differStack(ours: Instruction, iced: IcedInstruction, information: InstructionInfoFactory): string {
  const flow = ours.flow;
  if (flow === 'call' || flow === 'indirect-call' || flow === 'return' || goOn.has(iced.mnemonic)) return '';
  const delta = ours.stackDeltaBytes;
  const pushed = iced.stackPointerIncrement;
  if (pushed !== 0 && delta !== undefined && delta !== pushed) return `adds ${delta} to RSP, not ${pushed}`;
  const writes = writesStackPointer(iced, information);
  if (writes && delta === 0) return 'RSP is written';
  // Rare groups mix instructions that write a general register with others; those may be said to write RSP.
  return !writes && delta !== 0 && delta !== undefined ? `adds ${delta} to RSP, not 0` : '';
}

function writesStackPointer(iced: IcedInstruction, information: InstructionInfoFactory): boolean {
  const used = information.info(iced);
  const registers: readonly UsedRegister[] = used.usedRegisters();
  const writes = registers.some(
    ({ register, access }: { readonly register: Register; readonly access: OpAccess }) =>
      RegisterExt.fullRegister(register) === Register.RSP && writingAccess.has(access),
  );
  for (const register of registers) register.free();
  used.free();
  return writes;
}

const writingAccess: ReadonlySet<OpAccess> = new Set([
  OpAccess.Write,
  OpAccess.CondWrite,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite,
]);
