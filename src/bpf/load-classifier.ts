import { addressOf, bpf } from './libc.ts';
import { programName } from './program-name.ts';
import { SystemError } from './system-error.ts';

export interface ClassifierProgram {
  /** Without the prefix that all our programs have. */
  readonly name: string;
  /** Instructions of eBPF, 8 bytes each. */
  readonly instructions: Buffer;
}

/**
 * Loads a program for traffic control (SCHED_CLS) through bpf(2); the caller closes the descriptor it returns.
 * Throws {@link SystemError}; its log holds the verifier's words.
 */
export function loadClassifier(program: ClassifierProgram): number {
  try {
    return load(program, undefined);
  } catch (error) {
    if (!(error instanceof SystemError) || error.code === 'EPERM') throw error;
    return loadAgain(program, error);
  }
}

/** A log makes a load slower, so it is asked for the second time only; which succeeds after a passing trouble (EAGAIN). */
function loadAgain(program: ClassifierProgram, first: SystemError): number {
  const log = Buffer.allocUnsafeSlow(mostLogBytes);
  log[0] = 0;
  try {
    return load(program, log);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const words = log.toString('utf8', 0, Math.max(0, log.indexOf(0)));
    // ENOSPC: the log was longer than its buffer, on kernels that then do not say why.
    throw (error.code === 'ENOSPC' ? first : error).withLog(words);
  }
}

const mostLogBytes = 4 * 2 ** 20;

/** Command and type of include/uapi/linux/bpf.h. */
const BPF_PROG_LOAD = 5;
const BPF_PROG_TYPE_SCHED_CLS = 3;

/** The kernel's own code is GPL; helpers that are for the GPL only need to be told. */
const license = Buffer.from('Dual BSD/GPL\0');

/**
 * { type u32 @0, instruction count u32 @4, instructions u64 @8, license u64 @16, log level u32 @24, log size u32 @28,
 * log u64 @32, kernel version u32 @40, flags u32 @44, name @48 } of union bpf_attr. The attach type behind them stays 0,
 * as in programs of libbpf's section `tc`: a tail call needs both to be equal since Linux 6.18.
 */
function load({ name, instructions }: ClassifierProgram, log: Buffer | undefined): number {
  const attributes = Buffer.alloc(72);
  attributes.writeUInt32LE(BPF_PROG_TYPE_SCHED_CLS, 0);
  attributes.writeUInt32LE(instructions.length / 8, 4);
  attributes.writeBigUInt64LE(addressOf(instructions), 8);
  attributes.writeBigUInt64LE(addressOf(license), 16);
  if (log !== undefined) {
    attributes.writeUInt32LE(1, 24);
    attributes.writeUInt32LE(log.length, 28);
    attributes.writeBigUInt64LE(addressOf(log), 32);
  }
  attributes.write(programName(name), 48, 'latin1');
  return bpf(`load ${programName(name)}`, BPF_PROG_LOAD, attributes);
}
