// HTTP/2 as it is watched: HPACK blocks per second against hpack.js on the same blocks, and how fast DATA passes the
// observer, of which the collecting of bodies is the larger part.
//
//   npm run bench -- http2
import { Http2Observer } from '../src/protocol/http2/http2-observer.ts';
import { HpackDecoder } from '../src/protocol/http2/hpack-decoder.ts';
import type { Connection } from '../src/stream/stream-event.ts';
import { data, endStream, get, headers, preface, settings } from '../test/protocol/http2/frames.ts';
import { OracleDecoder, OracleEncoder } from '../test/protocol/http2/hpack-js.ts';

const connection: Connection = {
  id: 1,
  family: 'gotls',
  pid: 1,
  tid: 1,
  comm: 'program',
  exe: '/bin/program',
  role: 'server',
  fd: null,
  local: null,
  remote: null,
  identityNote: '',
  joinedLate: false,
  openedTimeNs: 0,
  readBytes: 0,
  writtenBytes: 0,
  lostBytes: 0,
  gaps: 0,
};
const rounds = Number(process.env['ROUNDS'] ?? 5);

const blocks = makeBlocks(20_000);
const ours = bestOf(rounds, () => {
  const decoder = new HpackDecoder({ joinedLate: false });
  for (const block of blocks) decoder.decode(block);
});
const theirs = bestOf(rounds, () => {
  const decoder = new OracleDecoder({ tableBytes: 4096 });
  for (const block of blocks) decoder.decode(block);
});
const blockBytes = blocks.reduce((sum, block) => sum + block.length, 0) / blocks.length;
console.log(`HPACK: ${blocks.length} requests of 9 fields, ${blockBytes.toFixed(0)} bytes each`);
console.log(`  ours      ${(blocks.length / ours / 1e3).toFixed(0)} k blocks/s`);
console.log(`  hpack.js  ${(blocks.length / theirs / 1e3).toFixed(0)} k blocks/s`);
console.log(`  ratio     ${(theirs / ours).toFixed(1)}`);

const frames = Buffer.concat(Array.from({ length: 64 }, () => data(1, Buffer.alloc(16_384, 0x61))));
for (const [name, bodyLimitBytes] of [
  ['bodies kept up to 1 MiB', 1 << 20],
  ['bodies not kept', 0],
] as const) {
  const seconds = bestOf(rounds, () => {
    const observer = observe(bodyLimitBytes);
    observer.data('read', Buffer.concat([preface, settings(), headers(1, get('/'))]), 1);
    // As records of TLS come: 16 KiB, so that frames straddle them.
    for (let pass = 0; pass < 256; pass++) {
      for (let at = 0; at < frames.length; at += 16_384) {
        observer.data('read', frames.subarray(at, at + 16_384), 2);
      }
    }
    observer.data('read', data(1, '', endStream), 3);
    observer.end(4, 'connection ended');
  });
  console.log(`DATA, ${name}: ${((256 * frames.length) / seconds / 1e9).toFixed(1)} GB/s`);
}

const requests = 20_000;
const perExchange = bestOf(rounds, () => {
  const observer = observe(1 << 20);
  observer.data('read', Buffer.concat([preface, settings()]), 1);
  const response = [[':status', '200'] as const, ['content-type', 'text/plain'] as const];
  const ask = headers(1, get('/path'), endStream);
  const answer = Buffer.concat([headers(1, response), data(1, 'hello', endStream)]);
  for (let at = 0; at < requests; at++) {
    const stream = 2 * at + 1;
    ask.writeUInt32BE(stream, 5);
    answer.writeUInt32BE(stream, 5);
    answer.writeUInt32BE(stream, answer.length - 9);
    observer.data('read', ask, 2);
    observer.data('write', answer, 3);
  }
  observer.end(4, 'connection ended');
});
console.log(`exchanges with a small body: ${(requests / perExchange / 1e3).toFixed(0)} k/s`);

function makeBlocks(count: number): Buffer[] {
  const encoder = new OracleEncoder({ tableBytes: 4096 });
  return Array.from({ length: count }, (_, at) =>
    encoder.encode(
      [
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', 'shop.example.com'],
        [':path', `/api/items/${(at * 7919) % 10_007}?page=${at}`],
        ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'],
        ['accept', 'application/json'],
        ['accept-encoding', 'gzip, br'],
        ['x-request-id', ((at * 2_654_435_761) % 2 ** 32).toString(16)],
        ['cookie', 'session=abcdef0123456789'],
      ].map(([name = '', value = '']) => ({
        name,
        value,
        huffman: true,
        incremental: name !== ':path' && name !== 'x-request-id',
      })),
    ),
  );
}

function observe(bodyLimitBytes: number): Http2Observer {
  let lastId = 0;
  return new Http2Observer({
    connection,
    emit: () => {},
    nextExchangeId: () => ++lastId,
    bodyLimitBytes,
  });
}

/** Seconds of CPU, the least of several rounds: other work on the machine only adds. */
function bestOf(count: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < count; round++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}
