const defaultBytes = 32 * 2 ** 20;
/** Packets of other programs come along, at the speed of a network. */
const defaultWithPacketsBytes = 64 * 2 ** 20;
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
  readonly packets?: boolean;
}): number {
  const pages = options.mapsize === undefined ? undefined : options.mapsize * pageBytes * options.cpuCount;
  const usual = options.packets === true ? defaultWithPacketsBytes : defaultBytes;
  const wanted = Math.min(Math.max(options.bufferSize ?? pages ?? usual, leastBytes), mostBytes);
  return 2 ** Math.ceil(Math.log2(wanted));
}
