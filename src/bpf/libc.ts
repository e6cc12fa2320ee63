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
const clockFunction = library.func('int clock_gettime(int, void *)');
const setnsFunction = library.func('int setns(int, int)');
const socketFunction = library.func('int socket(int, int, int)');
const bindFunction = library.func('int bind(int, void *, uint32_t)');
const sendFunction = library.func('long send(int, void *, size_t, int)');
const recvFunction = library.func('long recv(int, void *, size_t, int)');

/** System call numbers; arm64 uses the generic table (include/uapi/asm-generic/unistd.h). */
const number = {
  bpf: isX86 ? 321 : 280,
  perfEventOpen: isX86 ? 298 : 241,
  // The same on every architecture, as all numbers since Linux 5.1.
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
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

/** Mounts a file system that needs no device where nobody sees it (Linux 5.2); the descriptor is its root folder. */
export function mountDetached(fileSystem: string): number {
  const name = Buffer.from(`${fileSystem}\0`);
  const FSOPEN_CLOEXEC = 1;
  const FSCONFIG_CMD_CREATE = 6;
  const FSMOUNT_CLOEXEC = 1;
  const context = Number(syscallFunction(number.fsopen, 'void *', name, 'uint', FSOPEN_CLOEXEC));
  if (context < 0) throw new SystemError(`open file system ${fileSystem}`, koffi.errno());
  try {
    const created = Number(
      syscallFunction(
        number.fsconfig,
        'int',
        context,
        'uint',
        FSCONFIG_CMD_CREATE,
        'void *',
        null,
        'void *',
        null,
        'int',
        0,
      ),
    );
    if (created < 0) throw new SystemError(`create file system ${fileSystem}`, koffi.errno());
    const root = Number(syscallFunction(number.fsmount, 'int', context, 'uint', FSMOUNT_CLOEXEC, 'uint', 0));
    if (root < 0) throw new SystemError(`mount file system ${fileSystem}`, koffi.errno());
    return root;
  } finally {
    close(context);
  }
}

export function ioctl(operation: string, fd: number, request: number, argument: number): void {
  if (Number(ioctlFunction(fd, request, argument)) < 0) throw new SystemError(operation, koffi.errno());
}

const clockReading = Buffer.alloc(16);

/** clock_gettime(2) in nanoseconds. */
export function readClock(clock: 'realtime' | 'monotonic'): bigint {
  clockFunction(clock === 'realtime' ? 0 : 1, clockReading);
  return clockReading.readBigInt64LE(0) * 1_000_000_000n + clockReading.readBigInt64LE(8);
}

/** setns(2): moves this thread, Node's main one, into the network namespace of the descriptor. */
export function enterNetworkNamespace(fd: number): void {
  const CLONE_NEWNET = 0x4000_0000;
  if (Number(setnsFunction(fd, CLONE_NEWNET)) < 0)
    throw new SystemError('enter network namespace', koffi.errno());
}

/** socket(2), closed on exec. */
export function openSocket(domain: number, type: number, protocol: number): number {
  const SOCK_CLOEXEC = 0o2000000;
  const fd = Number(socketFunction(domain, type | SOCK_CLOEXEC, protocol));
  if (fd < 0) throw new SystemError('open socket', koffi.errno());
  return fd;
}

export function bindSocket(fd: number, address: Buffer): void {
  if (Number(bindFunction(fd, address, address.length)) < 0)
    throw new SystemError('bind socket', koffi.errno());
}

export function send(fd: number, bytes: Buffer): void {
  if (Number(sendFunction(fd, bytes, bytes.length, 0)) < 0) throw new SystemError('send', koffi.errno());
}

/** recv(2) into `bytes`: the length received; undefined when there is nothing and it is not to be waited for. */
export function receive(fd: number, bytes: Buffer, wait: boolean): number | undefined {
  const MSG_DONTWAIT = 0x40;
  const length = Number(recvFunction(fd, bytes, bytes.length, wait ? 0 : MSG_DONTWAIT));
  if (length >= 0) return length;
  const error = new SystemError('receive', koffi.errno());
  if (!wait && error.code === 'EAGAIN') return undefined;
  throw error;
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
