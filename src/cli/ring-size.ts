const defaultBytes = 32 * 2 ** 20;
/** One record with its header must fit with room to spare. */
const leastBytes = 64 * 2 ** 10;
/** It is mapped twice, and a view of more than 4 GiB is not to be had. */
const mostBytes = 2 ** 30;
const pageBytes = 4096;

/**
 * Size of the ring buffer in bytes, a power of two. `--buffer-size` wins over `--mapsize`, which counts pages per CPU.
 */
export function chooseRingBytes(options: {
  readonly bufferSize?: number | undefined;
  readonly mapsize?: number | undefined;
  readonly cpuCount: number;
}): number {
  const pages = options.mapsize === undefined ? undefined : options.mapsize * pageBytes * options.cpuCount;
  const wanted = Math.min(Math.max(options.bufferSize ?? pages ?? defaultBytes, leastBytes), mostBytes);
  return 2 ** Math.ceil(Math.log2(wanted));
}
