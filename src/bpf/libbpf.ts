import koffi, { type LibraryHandle } from 'koffi';
import { exitCode, UserError } from '../util/user-error.ts';
import { formatArguments, type Pointer } from './libc.ts';

type Handle = Pointer | null;

/** The functions of libbpf 1.x that are used, typed; made on first use, so that help and inspect never need it. */
export interface Libbpf {
  readonly openMemory: (bytes: Buffer, lengthBytes: number, options: Buffer) => Handle;
  readonly load: (object: Pointer) => number;
  readonly close: (object: Pointer) => void;
  readonly findMap: (object: Pointer, name: string) => Handle;
  readonly findProgram: (object: Pointer, name: string) => Handle;
  readonly mapFd: (map: Pointer) => number;
  readonly programFd: (program: Pointer) => number;
  readonly nextProgram: (object: Pointer, previous: Handle) => Handle;
  readonly setMaxEntries: (map: Pointer, entries: number) => number;
  readonly setInitialValue: (map: Pointer, value: Buffer, lengthBytes: number) => number;
  readonly reuseFd: (map: Pointer, fd: number) => number;
  readonly setAutoload: (program: Pointer, autoload: boolean) => number;
  readonly setExpectedAttachType: (program: Pointer, type: number) => number;
  readonly tcHookCreate: (hook: Buffer) => number;
  readonly tcHookDestroy: (hook: Buffer) => number;
  readonly tcAttach: (hook: Buffer, options: Buffer) => number;
  readonly tcDetach: (hook: Buffer, options: Buffer) => number;
  /** `1.1.2` as reported by the library. */
  readonly version: string;
  /** What libbpf has printed since the last call. */
  readonly takeLog: () => string;
}

let loaded: Libbpf | undefined;

export function loadLibbpf(): Libbpf {
  loaded ??= bind(openLibrary());
  return loaded;
}

function openLibrary(): LibraryHandle {
  try {
    return koffi.load('libbpf.so.1');
  } catch (error) {
    throw new UserError({
      message: 'cannot load libbpf',
      reason: `libbpf.so.1 was not found: ${String(error).split('\n', 1)[0] ?? ''}`,
      remedy:
        'install it (Debian, Ubuntu: apt install libbpf1; Fedora: dnf install libbpf), or see: tlstap doctor',
      exitCode: exitCode.unsupported,
      cause: error,
    });
  }
}

function bind(library: LibraryHandle): Libbpf {
  const lines: string[] = [];
  const print = koffi.register(
    (_level: number, format: unknown, list: unknown) => {
      // Bounded: a verifier log of megabytes is of no use to anybody.
      if (lines.length > 2000) lines.splice(0, 1000);
      lines.push(formatArguments(format, list));
      return 0;
    },
    koffi.pointer(koffi.proto('int tlstap_print(int, void *, void *)')),
  );
  library.func('void *libbpf_set_print(tlstap_print *)')(print);
  const major = Number(library.func('uint32_t libbpf_major_version()')());
  const minor = Number(library.func('uint32_t libbpf_minor_version()')());
  return {
    openMemory: library.func('void *bpf_object__open_mem(void *, size_t, void *)'),
    load: library.func('int bpf_object__load(void *)'),
    close: library.func('void bpf_object__close(void *)'),
    findMap: library.func('void *bpf_object__find_map_by_name(void *, const char *)'),
    findProgram: library.func('void *bpf_object__find_program_by_name(void *, const char *)'),
    mapFd: library.func('int bpf_map__fd(void *)'),
    programFd: library.func('int bpf_program__fd(void *)'),
    nextProgram: library.func('void *bpf_object__next_program(void *, void *)'),
    setMaxEntries: library.func('int bpf_map__set_max_entries(void *, uint32_t)'),
    setInitialValue: library.func('int bpf_map__set_initial_value(void *, void *, size_t)'),
    reuseFd: library.func('int bpf_map__reuse_fd(void *, int)'),
    setAutoload: library.func('int bpf_program__set_autoload(void *, bool)'),
    setExpectedAttachType: library.func('int bpf_program__set_expected_attach_type(void *, int)'),
    tcHookCreate: library.func('int bpf_tc_hook_create(void *)'),
    tcHookDestroy: library.func('int bpf_tc_hook_destroy(void *)'),
    tcAttach: library.func('int bpf_tc_attach(void *, void *)'),
    tcDetach: library.func('int bpf_tc_detach(void *, void *)'),
    version: `${major}.${minor}`,
    takeLog: () => lines.splice(0).join(''),
  };
}
