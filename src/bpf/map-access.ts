import { addressOf, bpf } from './libc.ts';
import { SystemError } from './system-error.ts';

/** Commands of bpf(2), include/uapi/linux/bpf.h. */
const command = { lookup: 1, update: 2, delete: 3, nextKey: 4 } as const;

/** Reads and writes the elements of a map through bpf(2). Keys and values are raw bytes in the kernel's layout. */
export function lookupElement(fd: number, key: Buffer, valueBytes: number): Buffer | undefined {
  const value = Buffer.alloc(valueBytes);
  try {
    bpf('look up map element', command.lookup, attributes(fd, key, value));
    return value;
  } catch (error) {
    return absent(error);
  }
}

export function updateElement(fd: number, key: Buffer, value: Buffer): void {
  bpf('update map element', command.update, attributes(fd, key, value));
}

/** Whether it was added; one that is there already stays as it is. */
export function insertElement(fd: number, key: Buffer, value: Buffer): boolean {
  const block = attributes(fd, key, value);
  block.writeBigUInt64LE(noExist, 24);
  try {
    bpf('insert map element', command.update, block);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** BPF_NOEXIST of include/uapi/linux/bpf.h. */
const noExist = 1n;

/** Whether it was there. */
export function deleteElement(fd: number, key: Buffer): boolean {
  try {
    bpf('delete map element', command.delete, attributes(fd, key, undefined));
    return true;
  } catch (error) {
    absent(error);
    return false;
  }
}

/** Keys of a hash map; one that is deleted meanwhile may make it start over, so callers must bear repetitions. */
export function* iterateKeys(fd: number, keyBytes: number, mostKeys: number): Generator<Buffer> {
  let previous: Buffer | undefined;
  for (let count = 0; count < mostKeys; count++) {
    const next = Buffer.alloc(keyBytes);
    try {
      bpf('next map key', command.nextKey, attributes(fd, previous, next));
    } catch (error) {
      absent(error);
      return;
    }
    yield next;
    previous = next;
  }
}

/** { map_fd u32 @0, key u64 @8, value or next_key u64 @16, flags u64 @24 } */
function attributes(fd: number, key: Buffer | undefined, value: Buffer | undefined): Buffer {
  const block = Buffer.alloc(32);
  block.writeUInt32LE(fd, 0);
  if (key) block.writeBigUInt64LE(addressOf(key), 8);
  if (value) block.writeBigUInt64LE(addressOf(value), 16);
  return block;
}

function absent(error: unknown): undefined {
  if (error instanceof SystemError && error.code === 'ENOENT') return undefined;
  throw error;
}
