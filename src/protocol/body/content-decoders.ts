import zlib from 'node:zlib';

/**
 * Decodes all of `wire` or throws: `ERR_BUFFER_TOO_LARGE` beyond `limitBytes`; `Z_BUF_ERROR` when the data ends early,
 * unless `mayEndEarly` is set: then what there is comes out.
 */
export type ContentDecoder = (wire: Uint8Array, limitBytes: number, mayEndEarly: boolean) => Buffer;

/** The content codings that this Node can remove; with the readings to try in order. */
export const contentDecoders: ReadonlyMap<string, readonly ContentDecoder[]> = new Map([
  ['gzip', [decodeGzip]],
  // RFC 9110 §8.4.1.2: zlib format; some servers send the bare deflate data instead.
  ['deflate', [decodeZlib, decodeRawDeflate]],
  ['br', [decodeBrotli]],
  ...zstdEntry(),
]);

function decodeGzip(wire: Uint8Array, limitBytes: number, mayEndEarly: boolean): Buffer {
  return zlib.gunzipSync(wire, zlibOptions(wire, limitBytes, mayEndEarly));
}

function decodeZlib(wire: Uint8Array, limitBytes: number, mayEndEarly: boolean): Buffer {
  return zlib.inflateSync(wire, zlibOptions(wire, limitBytes, mayEndEarly));
}

function decodeRawDeflate(wire: Uint8Array, limitBytes: number, mayEndEarly: boolean): Buffer {
  return zlib.inflateRawSync(wire, zlibOptions(wire, limitBytes, mayEndEarly));
}

function zlibOptions(wire: Uint8Array, limitBytes: number, mayEndEarly: boolean): zlib.ZlibOptions {
  const finishFlush = mayEndEarly ? zlib.constants.Z_SYNC_FLUSH : zlib.constants.Z_FINISH;
  return { finishFlush, maxOutputLength: limitBytes, chunkSize: chunkBytes(wire) };
}

/**
 * Node allocates this much at once, 16 KiB if it is not told. After an error it holds it until the event loop turns,
 * and thousands of small broken bodies may come in one turn.
 */
function chunkBytes(wire: Uint8Array): number {
  return Math.min(16 * 1024, Math.max(1024, 16 * wire.length));
}

function decodeBrotli(wire: Uint8Array, limitBytes: number, mayEndEarly: boolean): Buffer {
  const { BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH } = zlib.constants;
  const finishFlush = mayEndEarly ? BROTLI_OPERATION_FLUSH : BROTLI_OPERATION_FINISH;
  return zlib.brotliDecompressSync(wire, {
    finishFlush,
    maxOutputLength: limitBytes,
    chunkSize: chunkBytes(wire),
  });
}

/** In Node from 22.15 on. */
interface ZlibWithZstd {
  zstdDecompressSync?: (wire: Uint8Array, options: zlib.BrotliOptions) => Buffer;
  readonly constants: {
    readonly Z_FINISH: number;
    readonly ZSTD_e_flush?: number;
    readonly ZSTD_e_end?: number;
  };
}

function zstdEntry(): [string, readonly ContentDecoder[]][] {
  const { zstdDecompressSync, constants }: ZlibWithZstd = zlib;
  const { ZSTD_e_flush: flush, ZSTD_e_end: end } = constants;
  if (zstdDecompressSync === undefined || flush === undefined || end === undefined) return [];
  const decode: ContentDecoder = (wire, limitBytes, mayEndEarly) =>
    zstdDecompressSync(wire, {
      finishFlush: mayEndEarly ? flush : end,
      maxOutputLength: limitBytes,
      chunkSize: chunkBytes(wire),
    });
  return [['zstd', [decode]]];
}
