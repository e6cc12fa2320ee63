import koffi from 'koffi';
import { arch } from 'node:process';
import { SystemError } from './system-error.ts';

/** An address in this process; BigInt, because that is what koffi gives. */
export type Pointer = bigint;

const library = koffi.load('libc.so.6');
const syscallFunction = library.func('long syscall(long, ...)');
const mmapFunction: (...values: unknown[]) => Pointer | null = library.func(
  'void *mmap(void *, size_t, int, int, int, long)',
);
const munmapFunction = library.func('int munmap(void *, size_t)');
const closeFunction = library.func('int close(int)');
const ioctlFunction = library.func('int ioctl(int, unsigned long, unsigned long)');
const vsnprintfFunction = library.func('int vsnprintf(void *, size_t, void *, void *)');

const isX86 = arch === 'x64';
/** System call numbers; arm64 uses the generic table (include/uapi/asm-generic/unistd.h). */
const number = {
  bpf: isX86 ? 321 : 280,
  perfEventOpen: isX86 ? 298 : 241,
} as const;

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** bpf(2): returns its non-negative result. `attributes` must stay alive during the call, as all it points to. */
export function bpf(operation: string, command: number, attributes: Buffer): number {
  const result = Number(
    syscallFunction(number.bpf, 'int', command, 'void *', attributes, 'uint', attributes.length),
  );
  if (result < 0) throw new SystemError(operation, koffi.errno());
  return result;
}

/** perf_event_open(2) for every process on one CPU, or one process on any. */
export function perfEventOpen(attributes: Buffer, pid: number, cpu: number): number {
  const closeOnExec = 8;
  const result = Number(
    syscallFunction(
      number.perfEventOpen,
      'void *',
      attributes,
      'int',
      pid,
      'int',
      cpu,
      'int',
      -1,
      'ulong',
      closeOnExec,
    ),
  );
  if (result < 0) throw new SystemError('perf_event_open', koffi.errno());
  return result;
}

export function ioctl(operation: string, fd: number, request: number, argument: number): void {
  if (Number(ioctlFunction(fd, request, argument)) < 0) throw new SystemError(operation, koffi.errno());
}

/** Maps a descriptor shared; the view is an alias of that memory and must not be used after {@link unmap}. */
export function map(
  fd: number,
  lengthBytes: number,
  offset: number,
  writable: boolean,
): { address: Pointer; view: ArrayBuffer } {
  const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  const address = mmapFunction(null, lengthBytes, protection, MAP_SHARED, fd, offset);
  if (address === null || address === MAP_FAILED) throw new SystemError('mmap', koffi.errno());
  return { address, view: koffi.view(address, lengthBytes) };
}

export function unmap(address: Pointer, lengthBytes: number): void {
  munmapFunction(address, lengthBytes);
}

export function close(fd: number): void {
  closeFunction(fd);
}

/** The address of a buffer's first byte, for structs that carry pointers. The buffer must be kept alive. */
export function addressOf(buffer: Buffer): Pointer {
  return koffi.address(buffer);
}

/** The log of a refused program comes in one piece of up to 16 MiB; its last lines are the ones that matter. */
const mostTextBytes = 16 * 2 ** 20;
let textBuffer: Buffer | undefined;

/** Formats what a C variadic callback was given: `format` and its `va_list`, which can be walked only once. */
export function formatArguments(format: unknown, list: unknown): string {
  // Not zeroed, so that only what is written takes memory.
  textBuffer ??= Buffer.allocUnsafeSlow(mostTextBytes);
  const length = Number(vsnprintfFunction(textBuffer, textBuffer.length, format, list));
  return textBuffer.toString('utf8', 0, Math.min(Math.max(length, 0), textBuffer.length - 1));
}
