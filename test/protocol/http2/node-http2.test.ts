import { beforeAll, describe, expect, test } from 'vitest';
import type { Header } from '../../../src/protocol/exchange.ts';
import { type Input, observeScript, type SeenExchange, type SeenMessage } from './observe-script.ts';
import { Random } from './random.ts';
import {
  type AppExchange,
  type AppFields,
  type AppMessage,
  type RequestPlan,
  runTappedHttp2,
  type TappedRun,
} from './tapped-http2.ts';

let run: TappedRun;

beforeAll(async () => {
  const random = new Random(1);
  run = await runTappedHttp2(
    Array.from({ length: 150 }, (_, at) => makePlan(random, at)),
    12,
  );
});

function makePlan(random: Random, at: number): RequestPlan {
  const trailers = (name: string) => (random.below(4) === 0 ? { [name]: String(random.below(1000)) } : null);
  const body = () => random.bytes(random.below(random.below(8) === 0 ? 200_000 : 3000));
  return {
    headers: {
      'x-number': String(at),
      'x-often': `value ${random.below(20)}`,
      'user-agent': 'tapped/1',
      ...(random.below(10) === 0 ? { 'x-large': random.text(40_000) } : {}),
    },
    body: random.below(2) === 0 ? Buffer.alloc(0) : body(),
    trailers: trailers('x-request-sum'),
    reply: {
      status: [200, 201, 404, 500][random.below(4)]!,
      headers: { 'x-answer': `to ${at}`, 'x-turn': String(random.below(9)) },
      body: body(),
      trailers: trailers('x-response-sum'),
      hints: random.below(5) === 0,
      push: random.below(8) === 0 ? random.bytes(500) : null,
    },
  };
}

/** Cuts every piece at random places: `pieces` of a few bytes where it is large enough. */
function split(inputs: readonly Input[], random: Random, longestBytes: number): Input[] {
  const result: Input[] = [];
  for (const input of inputs) {
    if (!('bytes' in input)) result.push(input);
    else {
      for (let at = 0; at < input.bytes.length;) {
        const length = 1 + random.below(longestBytes);
        result.push({ direction: input.direction, bytes: input.bytes.subarray(at, at + length) });
        at += length;
      }
    }
  }
  return result;
}

describe('what Node itself saw', () => {
  test('is what the observer saw, message by message', () => {
    const { exchanges, unrecognised, controls } = observeScript(run.inputs);
    expect(unrecognised.read.length + unrecognised.write.length).toBe(0);
    expect(exchanges.length).toBe(run.exchanges.size);
    expect(exchanges.filter(({ stream }) => stream! % 2 === 0).length).toBeGreaterThan(5);
    for (const exchange of exchanges) {
      const app = run.exchanges.get(exchange.stream!)!;
      expect(exchange).toMatchObject({ gaps: 0, joinedLate: false });
      expectSame(exchange.request!, app.request, 'request');
      expectSame(exchange.response!, app.response, 'response');
      expect(exchange.informational.map(({ headers }) => headers)).toEqual(
        app.informational.map((fields) => fields.filter(([name]) => name !== ':status')),
      );
      expect(exchange.informational.every(({ status }) => status === 103)).toBe(true);
    }
    expect(controls).toContain('← connection preface');
    expect(controls.some((text) => text.startsWith('→ SETTINGS HEADER_TABLE_SIZE=8192'))).toBe(true);
    // The means by which the content was made hard.
    const types = frameTypes(run.inputs);
    expect(types.continuation).toBeGreaterThan(5);
    expect(types.padded).toBeGreaterThan(100);
  });

  test.each([1, 2, 3, 4])('does not depend on how it is split (%i)', (seed) => {
    const random = new Random(seed);
    const whole = observeScript(run.inputs);
    const pieces = split(run.inputs, random, seed === 1 ? 100 : 3000);
    expect(pieces.length).toBeGreaterThan(run.inputs.length);
    const parts = observeScript(pieces);
    expect(parts.exchanges).toEqual(whole.exchanges);
    expect(parts.controls).toEqual(whole.controls);
  });
});

describe('never wrong', () => {
  test('joined late, at any piece', () => {
    let known = 0;
    let unknown = 0;
    for (let from = 1; from < run.inputs.length; from += Math.ceil(run.inputs.length / 15)) {
      const { exchanges } = observeScript(run.inputs.slice(from), { joinedLate: true });
      for (const exchange of exchanges) {
        const counts = expectNothingWrong(exchange, run.exchanges.get(exchange.stream!)!);
        known += counts.known;
        unknown += counts.unknown;
      }
    }
    expect(unknown).toBeGreaterThan(1000);
    expect(known).toBeGreaterThan(1000);
  });

  test('joined late, in the middle of a piece', () => {
    const random = new Random(7);
    for (let round = 0; round < 30; round++) {
      const from = 1 + random.below(run.inputs.length - 1);
      const inputs = run.inputs.slice(from);
      for (const direction of ['read', 'write'] as const) {
        const at = inputs.findIndex((input) => input.direction === direction);
        const first = inputs[at];
        if (first === undefined || !('bytes' in first)) continue;
        inputs[at] = { direction, bytes: first.bytes.subarray(random.below(first.bytes.length)) };
      }
      const { exchanges } = observeScript(inputs, { joinedLate: true });
      for (const exchange of exchanges) {
        expectNothingWrong(exchange, run.exchanges.get(exchange.stream!)!);
      }
    }
  });

  test('bytes lost anywhere', () => {
    const random = new Random(3);
    let complete = 0;
    let touched = 0;
    for (let round = 0; round < 15; round++) {
      const inputs = split(run.inputs, random, 20_000).map((input): Input => {
        if (!('bytes' in input) || random.below(round < 5 ? 12 : 200) > 0) return input;
        const isKnown = random.below(3) > 0;
        return { direction: input.direction, lostBytes: isKnown ? input.bytes.length : null };
      });
      const { exchanges } = observeScript(inputs);
      for (const exchange of exchanges) {
        expectNothingWrong(exchange, run.exchanges.get(exchange.stream!)!);
        if (exchange.gaps > 0) touched++;
        else if (exchange.response?.isComplete === true) complete++;
      }
    }
    expect(complete).toBeGreaterThan(150);
    expect(touched).toBeGreaterThan(1000);
  });
});

function expectSame(seen: SeenMessage, app: AppMessage, side: 'request' | 'response'): void {
  const fields = new Map(app.fields);
  expect(seen.cut).toBeNull();
  expect(seen.isComplete).toBe(true);
  expect(seen.headers).toEqual(app.fields.filter(([name]) => !name.startsWith(':')));
  expect(seen.trailers).toEqual(app.trailers);
  if (side === 'response') expect(seen.status).toBe(Number(fields.get(':status')));
  else {
    expect(seen.method).toBe(fields.get(':method'));
    expect(seen.url).toBe(`http://${fields.get(':authority')}${fields.get(':path')}`);
  }
  // The server pushes before it has read the request; its application may leave a body unread, never change it.
  expect(Buffer.from(seen.body, 'latin1').equals(app.body)).toBe(true);
}

/** All that was recognised is true; what was not is missing or null. */
function expectNothingWrong(
  exchange: SeenExchange,
  app: AppExchange,
): { readonly known: number; readonly unknown: number } {
  let known = 0;
  let unknown = 0;
  expect(app).toBeDefined();
  for (const side of ['request', 'response'] as const) {
    const seen = exchange[side];
    if (seen === null) continue;
    const truth = app[side];
    const fields = new Map(truth.fields);
    for (const [name, value] of [...seen.headers, ...seen.trailers]) {
      expectAmong([name, value], [...truth.fields, ...truth.trailers]);
      for (const part of [name, value]) {
        if (part === null) unknown++;
        else known++;
      }
    }
    if (seen.method !== null) expect(seen.method).toBe(fields.get(':method'));
    if (seen.status !== null) expect(String(seen.status)).toBe(fields.get(':status'));
    if (seen.url !== null) {
      const path = fields.get(':path');
      const authority = fields.get(':authority');
      expect([path, `https://${authority}${path}`, `http://${authority}${path}`]).toContain(seen.url);
    }
    expectBodyTrue(seen, truth.body, exchange);
  }
  return { known, unknown };
}

function expectAmong([name, value]: Header, truth: AppFields): void {
  const isTrue = truth.some(
    ([trueName, trueValue]) =>
      (name === null || name === trueName) && (value === null || value === trueValue),
  );
  if (!isTrue) throw new Error(`made up: ${name}: ${JSON.stringify(value)}`);
}

/** Each stretch between holes occurs in what was sent; where all holes have lengths, at its very place. */
function expectBodyTrue(seen: SeenMessage, truth: Buffer, exchange: SeenExchange): void {
  const body = Buffer.from(seen.body, 'latin1');
  const isUnseenBefore = exchange.joinedLate || exchange.gaps > 0;
  if (seen.bodyGaps.length === 0 && !isUnseenBefore) {
    expect(truth.subarray(0, body.length).equals(body)).toBe(true);
    if (seen.isComplete) expect(body.length).toBe(truth.length);
    return;
  }
  let lostBytes = 0;
  let from = 0;
  for (const { offset, lengthBytes } of [...seen.bodyGaps, { offset: Infinity, lengthBytes: 0 }]) {
    const to = Math.min(offset - lostBytes, body.length);
    expect(truth.includes(body.subarray(from, to))).toBe(true);
    from = to;
    lostBytes += lengthBytes ?? 0;
  }
}

function frameTypes(inputs: readonly Input[]): { readonly continuation: number; readonly padded: number } {
  let continuation = 0;
  let padded = 0;
  for (const direction of ['read', 'write'] as const) {
    const pieces = inputs.flatMap((input) =>
      input.direction === direction && 'bytes' in input ? [input.bytes] : [],
    );
    const bytes = Buffer.concat(pieces);
    for (let at = direction === 'read' ? 24 : 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
      if (bytes[at + 3] === 9) continuation++;
      if (bytes[at + 3]! < 2 && (bytes[at + 4]! & 8) !== 0) padded++;
    }
  }
  return { continuation, padded };
}
