import zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyBudget } from '../../../src/protocol/body/body-budget.ts';
import { BodyCollector } from '../../../src/protocol/body/body-collector.ts';
import { contentDecoders } from '../../../src/protocol/body/content-decoders.ts';

const text = lines(1000);

function lines(count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, i) => `line ${(i * 7919) % 4099}\n`).join(''));
}

const coders: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  'x-gzip': (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
};

function collect(wire: Uint8Array, coding: string, limitBytes = 1 << 20): BodyCollector {
  const body = new BodyCollector(limitBytes, coding);
  body.push(wire);
  body.finish();
  return body;
}

describe('decoding', () => {
  it.each(Object.keys(coders))('%s', (coding) => {
    const body = collect(coders[coding]!(text), coding);
    expect(body.encoding).toBe(coding === 'x-gzip' ? 'gzip' : coding);
    expect(body.wireLengthBytes).toBe(coders[coding]!(text).length);
    expect(body.decoded()).toEqual({ bytes: text, lengthBytes: text.length, problem: null });
  });

  it('deflate without the zlib header', () => {
    expect(collect(zlib.deflateRawSync(text), 'deflate').decoded()).toEqual({
      bytes: text,
      lengthBytes: text.length,
      problem: null,
    });
  });

  it('several codings, identity among them, any case', () => {
    const wire = coders['br']!(coders['gzip']!(text));
    const body = collect(wire, 'GZIP, identity , Br,');
    expect(body.encoding).toBe('gzip, br');
    expect(body.decoded().bytes).toEqual(text);
  });

  it('no coding', () => {
    for (const coding of ['', 'identity']) {
      const body = collect(text, coding);
      expect(body.encoding).toBeNull();
      expect(body.decoded()).toEqual({ bytes: text, lengthBytes: text.length, problem: null });
    }
  });

  it('an unknown coding is left, what was put around it is removed', () => {
    const body = collect(zlib.gzipSync(text), 'exi, gzip');
    expect(body.encoding).toBe('gzip');
    expect(body.decoded()).toEqual({
      bytes: text,
      lengthBytes: null,
      problem: 'left encoded: content coding exi is not supported',
    });
    expect(collect(text, 'gzip, exi').encoding).toBeNull();
  });

  it('zstd is removed by a Node that can, else left and said', () => {
    const wire = Buffer.from('KLUv/SAFKQAAaGVsbG8=', 'base64');
    const body = collect(wire, 'zstd');
    if (contentDecoders.has('zstd')) {
      expect(Buffer.from(body.decoded().bytes).toString()).toBe('hello');
    } else {
      expect(body.encoding).toBeNull();
      expect(body.decoded().bytes).toEqual(wire);
      expect(body.decoded().problem).toMatch(/zstd is not supported by this Node/);
    }
  });

  it('too many codings are left', () => {
    expect(collect(text, 'gzip,gzip,gzip,gzip,gzip').decoded()).toMatchObject({
      bytes: text,
      problem: 'left encoded: 5 content codings',
    });
  });

  it('an empty body is empty, whatever its coding (HEAD, 304)', () => {
    const body = new BodyCollector(100, 'gzip');
    body.finish();
    expect(body.decoded()).toEqual({ bytes: Buffer.alloc(0), lengthBytes: 0, problem: null });
  });
});

describe('bodies that are not whole', () => {
  it.each(['gzip', 'deflate', 'br'])('%s, cut in the middle: the beginning', (coding) => {
    const wire = coders[coding]!(text);
    const body = new BodyCollector(1 << 20, coding);
    body.push(wire.subarray(0, wire.length >> 1));
    const { bytes, lengthBytes, problem } = body.decoded();
    expect(bytes.length).toBeGreaterThan(text.length / 10);
    expect(bytes).toEqual(text.subarray(0, bytes.length));
    expect([lengthBytes, problem]).toEqual([null, null]);
    // And it goes on from there.
    body.push(wire.subarray(wire.length >> 1));
    body.finish();
    expect(body.decoded().bytes).toEqual(text);
  });

  it('complete on the wire, but the coded data ends early', () => {
    const wire = zlib.gzipSync(text);
    const { bytes, lengthBytes, problem } = collect(wire.subarray(0, wire.length - 9), 'gzip').decoded();
    expect(bytes.length).toBeGreaterThan(text.length / 2);
    expect([lengthBytes, problem]).toEqual([null, 'gzip data ends early']);
  });

  it('broken in the middle: what comes before', () => {
    const wire = zlib.gzipSync(lines(3000));
    wire.fill(0xff, wire.length >> 1);
    const { bytes, lengthBytes, problem } = collect(wire, 'gzip').decoded();
    expect(bytes.length).toBeGreaterThan(text.length / 10);
    expect(Buffer.from(bytes.subarray(0, 20)).toString()).toBe(text.toString('latin1', 0, 20));
    expect(lengthBytes).toBeNull();
    expect(problem).toBe(`gzip data is broken after ${bytes.length} decoded bytes`);
  });

  it('not the coding it says', () => {
    for (const coding of ['gzip', 'deflate', 'br']) {
      const { lengthBytes, problem } = collect(Buffer.from('\xff\xffplain text', 'latin1'), coding).decoded();
      expect(lengthBytes).toBeNull();
      expect(problem).toContain(`${coding} data is broken`);
    }
  });

  it('is decoded up to the first hole, but shown whole without a coding', () => {
    const wire = zlib.gzipSync(text);
    const coded = new BodyCollector(1 << 20, 'gzip');
    const plain = new BodyCollector(1 << 20, '');
    coded.push(wire.subarray(0, 1000));
    coded.gap(100);
    coded.push(wire.subarray(1100));
    coded.finish();
    expect(coded.gaps).toEqual([{ offset: 1000, lengthBytes: 100 }]);
    expect(coded.wireLengthBytes).toBe(wire.length);
    const got = coded.decoded();
    expect(got.bytes.length).toBeGreaterThan(1000);
    expect(got).toEqual({ bytes: text.subarray(0, got.bytes.length), lengthBytes: null, problem: null });
    plain.push(text.subarray(0, 10));
    plain.gap(null);
    plain.push(text.subarray(20, 30));
    plain.finish();
    expect(plain.wireLengthBytes).toBe(20);
    expect(plain.decoded()).toEqual({
      bytes: Buffer.concat([text.subarray(0, 10), text.subarray(20, 30)]),
      lengthBytes: null,
      problem: null,
    });
  });
});

describe('bounds', () => {
  it('keeps the beginning of a body beyond the limit, and counts all of it', () => {
    const body = new BodyCollector(1000, '');
    for (let i = 0; i < text.length; i += 300) body.push(text.subarray(i, i + 300));
    body.finish();
    expect(body.truncated).toBe(true);
    expect(body.keptBytes).toBe(1000);
    expect(body.wireLengthBytes).toBe(text.length);
    expect(body.decoded()).toEqual({ bytes: text.subarray(0, 1000), lengthBytes: null, problem: null });
  });

  it('exactly the limit is not truncated', () => {
    const body = collect(text.subarray(0, 1000), '', 1000);
    expect(body.truncated).toBe(false);
    expect(body.decoded().lengthBytes).toBe(1000);
  });

  it('a bomb is decoded as far as four times the limit', () => {
    const bomb = zlib.gzipSync(Buffer.alloc(50 << 20, 'a'));
    const limitBytes = bomb.length + 1;
    const started = process.cpuUsage();
    const { bytes, lengthBytes, problem } = collect(bomb, 'gzip', limitBytes).decoded();
    expect(bytes.length).toBeGreaterThan(limitBytes / 2);
    expect(bytes.length).toBeLessThanOrEqual(4 * limitBytes);
    expect(Buffer.from(bytes).every((byte) => byte === 0x61)).toBe(true);
    expect([lengthBytes, problem]).toEqual([null, `decodes to more than ${4 * limitBytes} bytes`]);
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });

  it('a bomb of bombs', () => {
    const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(50 << 20)));
    const { bytes, problem } = collect(bomb, 'gzip, gzip', 10_000).decoded();
    expect(bytes.length).toBeLessThanOrEqual(40_000);
    expect(problem).toMatch(/^decodes to more than/);
  });

  it('holes without number are merged, and their sum is right', () => {
    const body = new BodyCollector(100, '');
    for (let i = 0; i < 10_000; i += 1) {
      body.push(text.subarray(0, 1));
      body.gap(2);
    }
    expect(body.gaps.length).toBeLessThan(100);
    expect(body.gaps.reduce((sum, gap) => sum + (gap.lengthBytes ?? 0), 0)).toBe(20_000);
    expect(body.wireLengthBytes).toBe(30_000);
  });

  it('does not keep the bytes it was given', () => {
    const bytes = Buffer.from('abc');
    const body = collect(bytes, '');
    bytes.fill(0);
    expect(Buffer.from(body.decoded().bytes).toString()).toBe('abc');
  });
});

describe('properties', () => {
  const codings = fc.constantFrom('', 'gzip', 'deflate', 'br', 'gzip, br', 'zstd', 'exi', 'deflate, deflate');

  it('any bytes under any coding give a value, no longer than the bound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), codings, fc.boolean(), (bytes, coding, finish) => {
        const body = new BodyCollector(200, coding);
        body.push(bytes);
        if (finish) body.finish();
        const { bytes: out, lengthBytes } = body.decoded();
        expect(out.length).toBeLessThanOrEqual(800);
        if (lengthBytes !== null) expect(lengthBytes).toBe(out.length);
      }),
      { numRuns: 1500 },
    );
  });

  it('pieces and looks in between do not matter', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        fc.integer({ min: 1, max: 500 }),
        (bytes, cuts, limitBytes) => {
          const whole = collect(bytes, '', limitBytes);
          const body = new BodyCollector(limitBytes, '');
          const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
            (a, b) => a - b,
          );
          let from = 0;
          for (const end of ends) {
            body.push(bytes.subarray(from, end));
            if (end % 3 === 0) body.decoded();
            from = end;
          }
          body.finish();
          expect(body.decoded()).toEqual(whole.decoded());
          expect([body.truncated, body.wireLengthBytes]).toEqual([whole.truncated, whole.wireLengthBytes]);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('any prefix of coded data gives a prefix of the content', () => {
    const sample = text.subarray(0, 1000);
    for (const coding of ['gzip', 'deflate', 'br']) {
      const wire = coders[coding]!(sample);
      for (let cut = 0; cut < wire.length; cut += 1) {
        const body = new BodyCollector(10_000, coding);
        body.push(wire.subarray(0, cut));
        const { bytes, problem } = body.decoded();
        expect(bytes).toEqual(sample.subarray(0, bytes.length));
        expect(problem).toBeNull();
      }
    }
  });
});

describe('parts of a larger piece', () => {
  it('are kept like pieces of their own, whatever the limits', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 6 });
    fc.assert(
      fc.property(lengths, fc.nat(700), fc.nat(700), (parts, limitBytes, budgetBytes) => {
        const [budgetA, budgetB] = [new BodyBudget(budgetBytes), new BodyBudget(budgetBytes)];
        const byView = new BodyCollector(limitBytes, '', budgetA);
        const byPart = new BodyCollector(limitBytes, '', budgetB);
        let at = 3;
        for (const length of parts) {
          const piece = Buffer.from(text.subarray(0, 3000));
          byView.push(piece.subarray(at, at + length));
          const shown = byPart.pushPart(piece, at, at + length);
          expect(Buffer.compare(shown, text.subarray(at, at + length))).toBe(0);
          piece.fill(0);
          at += length;
        }
        for (const body of [byView, byPart]) body.finish();
        expect(byPart.decoded()).toEqual(byView.decoded());
        for (const field of ['wireLengthBytes', 'keptBytes', 'truncated'] as const)
          expect(byPart[field]).toBe(byView[field]);
        for (const body of [byView, byPart]) body.release();
        expect([budgetA.take(1000), budgetB.take(1000)]).toEqual([budgetBytes, budgetBytes]);
      }),
      { numRuns: 500 },
    );
  });
});
