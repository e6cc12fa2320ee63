import { loadLibbpf } from './libbpf.ts';
import type { Pointer } from './libc.ts';
import { SystemError } from './system-error.ts';

export interface ObjectSettings {
  /** Bytes of the compiled object file. */
  readonly bytes: Buffer;
  /** Only this program is loaded. */
  readonly program: string;
  /** Attach type the kernel is told at load, e.g. 48 for uprobe_multi; undefined leaves the section's own. */
  readonly expectedAttachType?: number;
  /** Sizes of maps, where they differ from the object's. */
  readonly mapEntries?: Readonly<Record<string, number>>;
  /** Contents of read-only sections, by map name. */
  readonly initialValues?: Readonly<Record<string, Buffer>>;
  /** Descriptors of maps made by another object, by map name. */
  readonly sharedMaps?: ReadonlyMap<string, number>;
}

/** An opened and loaded BPF object; disposing it closes its programs and maps. Nothing is pinned. */
export class BpfObject implements Disposable {
  readonly #handle: Pointer;
  readonly #program: Pointer;
  /** libbpf would free it twice. */
  #closed = false;

  private constructor(handle: Pointer, program: Pointer) {
    this.#handle = handle;
    this.#program = program;
  }

  /** Throws {@link SystemError}; its log holds the verifier's words. */
  static load(settings: ObjectSettings): BpfObject {
    const libbpf = loadLibbpf();
    libbpf.takeLog();
    const handle = libbpf.openMemory(settings.bytes, settings.bytes.length, openOptions());
    if (handle === null) throw new SystemError('open BPF object', -22, libbpf.takeLog());
    try {
      const program = selectProgram(handle, settings);
      configureMaps(handle, settings);
      const result = libbpf.load(handle);
      if (result < 0) throw new SystemError(`load ${settings.program}`, result, libbpf.takeLog());
      return new BpfObject(handle, program);
    } catch (error) {
      libbpf.close(handle);
      throw error;
    }
  }

  get programFd(): number {
    return checked('program descriptor', loadLibbpf().programFd(this.#program));
  }

  mapFd(name: string): number {
    return checked(`map ${name}`, loadLibbpf().mapFd(findMap(this.#handle, name)));
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    loadLibbpf().close(this.#handle);
  }
}

function selectProgram(handle: Pointer, settings: ObjectSettings): Pointer {
  const libbpf = loadLibbpf();
  const wanted = libbpf.findProgram(handle, settings.program);
  if (wanted === null) throw new SystemError(`find program ${settings.program}`, -2);
  for (let one = libbpf.nextProgram(handle, null); one !== null; one = libbpf.nextProgram(handle, one)) {
    libbpf.setAutoload(one, one === wanted);
  }
  if (settings.expectedAttachType !== undefined) {
    checked('set attach type', libbpf.setExpectedAttachType(wanted, settings.expectedAttachType));
  }
  return wanted;
}

function configureMaps(handle: Pointer, settings: ObjectSettings): void {
  const libbpf = loadLibbpf();
  for (const [name, entries] of Object.entries(settings.mapEntries ?? {})) {
    checked(`size of map ${name}`, libbpf.setMaxEntries(findMap(handle, name), entries));
  }
  for (const [name, value] of Object.entries(settings.initialValues ?? {})) {
    checked(`value of ${name}`, libbpf.setInitialValue(findMap(handle, name), value, value.length));
  }
  for (const [name, fd] of settings.sharedMaps ?? []) {
    checked(`share map ${name}`, libbpf.reuseFd(findMap(handle, name), fd));
  }
}

function findMap(handle: Pointer, name: string): Pointer {
  const found = loadLibbpf().findMap(handle, name);
  if (found === null) throw new SystemError(`find map ${name}`, -2);
  return found;
}

function checked(operation: string, result: number): number {
  if (result < 0) throw new SystemError(operation, result, loadLibbpf().takeLog());
  return result;
}

/** struct bpf_object_open_opts begins with its own size; an object opened from memory has no name unless given. */
function openOptions(): Buffer {
  const options = Buffer.alloc(80);
  options.writeBigUInt64LE(BigInt(options.length), 0);
  return options;
}
