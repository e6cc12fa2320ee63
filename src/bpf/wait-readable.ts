import koffi from 'koffi';

const library = koffi.load('libc.so.6');
const pollFunction = library.func('int poll(void *, unsigned long, int)');
const POLLIN = 1;

/**
 * Waits, in a thread of the pool, until a descriptor has something to read; false when the time is over. That thread
 * is taken for as long, and a process cannot end before it.
 */
export function waitReadable(fd: number, limitMs: number): Promise<boolean> {
  // { fd s32 @0, events s16 @4, revents s16 @6 }
  const entry = Buffer.alloc(8);
  entry.writeInt32LE(fd, 0);
  entry.writeInt16LE(POLLIN, 4);
  return new Promise((resolve) => {
    pollFunction.async(entry, 1, limitMs, (_error: unknown, count: unknown) => {
      // Kept alive until here.
      resolve(Number(count) > 0 && entry.readInt16LE(6) !== 0);
    });
  });
}
