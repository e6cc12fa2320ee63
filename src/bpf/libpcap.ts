import koffi, { type LibraryHandle } from 'koffi';
import { exitCode, UserError } from '../util/user-error.ts';
import type { Pointer } from './libc.ts';

/** The functions of libpcap that are used, typed; made on first use: only filter expressions need the library. */
export interface Libpcap {
  /** A handle for compiling only; null where there is no memory. */
  readonly openDead: (linkType: number, snapLengthBytes: number) => Pointer | null;
  /** 0 when it compiled; `program` is a struct bpf_program: { length u32 @0, instructions pointer @8 }. */
  readonly compile: (
    handle: Pointer,
    program: Buffer,
    expression: string,
    optimize: number,
    netmask: number,
  ) => number;
  readonly freeCode: (program: Buffer) => void;
  readonly errorText: (handle: Pointer) => string | null;
  readonly close: (handle: Pointer) => void;
  /** A copy of memory that libpcap owns. */
  readonly copyMemory: (address: Pointer, lengthBytes: number) => Buffer;
}

/** In order of preference: Debian and its descendants keep the old number. */
const usualNames: readonly string[] = ['libpcap.so.0.8', 'libpcap.so.1'];

let loaded: Libpcap | undefined;

/** Throws {@link UserError} where it is not installed. */
export function loadLibpcap(names: readonly string[] = usualNames): Libpcap {
  if (names !== usualNames) return bind(openLibrary(names));
  loaded ??= bind(openLibrary(names));
  return loaded;
}

function openLibrary(names: readonly string[]): LibraryHandle {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new UserError({
    message: 'cannot compile the packet filter: libpcap is not installed',
    reason: `filter expressions are compiled by the system's libpcap; tried ${names.join(', ')}: ${String(failures[0]).split('\n', 1)[0] ?? ''}`,
    remedy:
      'install it (Debian, Ubuntu: apt install libpcap0.8; Fedora: dnf install libpcap), or capture without a filter',
    exitCode: exitCode.unsupported,
    cause: failures[0],
  });
}

function bind(library: LibraryHandle): Libpcap {
  return {
    openDead: library.func('void *pcap_open_dead(int, int)'),
    compile: library.func('int pcap_compile(void *, void *, const char *, int, uint32_t)'),
    freeCode: library.func('void pcap_freecode(void *)'),
    errorText: library.func('const char *pcap_geterr(void *)'),
    close: library.func('void pcap_close(void *)'),
    copyMemory: (address, lengthBytes) => Buffer.from(Buffer.from(koffi.view(address, lengthBytes))),
  };
}
