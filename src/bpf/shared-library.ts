import koffi from 'koffi';

/** The first of these shared libraries that the dynamic linker finds, e.g. `libpcap.so.0.8`; undefined when none. */
export function findSharedLibrary(names: readonly string[]): string | undefined {
  return names.find(canLoad);
}

function canLoad(name: string): boolean {
  try {
    koffi.load(name).unload();
    return true;
  } catch {
    return false;
  }
}
