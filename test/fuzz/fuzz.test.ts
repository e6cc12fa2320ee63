import { describe, expect, test } from 'vitest';
import { checkInput, fuzz, FuzzInputs, type FuzzLimits } from './fuzz-run.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { fuzzTargets } from './registry.ts';

const limits: FuzzLimits = { inputs: 200, seconds: 30, inputSeconds: 5, memoryBytes: 512 * 2 ** 20 };

/** The others need root or a program from the registry, and have tests of their own. */
const everywhere = fuzzTargets.filter(({ name }) => !/^(?:go-code.*|x86-64|arm64|filter-kernel)$/.test(name));

test.each(everywhere)('$name bears 200 hostile inputs', async (target) => {
  const result = await fuzz(target, await FuzzInputs.of(target), limits);
  expect(result.failure?.reason).toBeUndefined();
  expect(result.inputs).toBe(200);
  // Neither all refused nor all untouched.
  expect(result.outcomes.length).toBeGreaterThan(1);
});

test('every parser has a name of its own, and says what it parses', () => {
  expect(new Set(fuzzTargets.map(({ name }) => name)).size).toBe(fuzzTargets.length);
  expect(
    fuzzTargets.filter(({ name, description }) => !/^[a-z\d-]+$/.test(name) || description === ''),
  ).toEqual([]);
});

describe('what is wrong with a parser is found', () => {
  const brittle: FuzzTarget = {
    name: 'brittle',
    description: 'fails at a zero byte',
    corpus: () => [Buffer.from('a harmless line of text\n')],
    mostInputBytes: 100,
    check: (input) => {
      if (input.includes(0)) throw new Error('a zero byte');
      return 'fine';
    },
  };

  test('an input that throws, which then fails again by its bytes alone', async () => {
    const inputs = await FuzzInputs.of(brittle);
    const result = await fuzz(brittle, inputs, { ...limits, inputs: 5_000 });
    expect(result.failure?.reason).toMatch(/a zero byte/);
    const { index = -1, input = Buffer.alloc(0) } = result.failure ?? {};
    expect(input.includes(0)).toBe(true);
    expect(inputs.make(index).equals(input)).toBe(true);
    expect(() => checkInput(brittle, input)).toThrow('a zero byte');
  });

  test('an input that takes too long', async () => {
    const slow: FuzzTarget = { ...brittle, check: () => wait(30) };
    const result = await fuzz(slow, await FuzzInputs.of(slow), { ...limits, inputSeconds: 0.02 });
    expect(result.failure?.reason).toMatch(/it took \d+ ms/);
  });

  test('memory that is kept', async () => {
    const kept: Buffer[] = [];
    const greedy: FuzzTarget = {
      ...brittle,
      check: () => {
        kept.push(Buffer.alloc(2 ** 20, 1));
        return 'fine';
      },
    };
    const result = await fuzz(greedy, await FuzzInputs.of(greedy), {
      ...limits,
      inputs: 2_000,
      memoryBytes: 100 * 2 ** 20,
    });
    expect(result.failure?.reason).toMatch(/memory has grown by \d+ MiB/);
    expect(kept.length).toBeLessThan(600);
  });

  test('what a parser does to its input does not hide it', async () => {
    const careless: FuzzTarget = {
      ...brittle,
      check: (input) => {
        const wasShort = input.length < 5;
        input.fill(0x20);
        if (wasShort) throw new Error('too short');
        return 'fine';
      },
    };
    const { failure } = await fuzz(careless, await FuzzInputs.of(careless), { ...limits, inputs: 5_000 });
    expect(() => checkInput(careless, Buffer.from(failure?.input ?? '     '))).toThrow('too short');
  });
});

test('choices that a check makes depend on its input alone', () => {
  const target = fuzzTargets.find(({ name }) => name === 'http1');
  if (!target) throw new Error('no http1');
  const [input = Buffer.alloc(0)] = target.corpus() as readonly Buffer[];
  const seen = new Set([0, 1, 2].map(() => checkInput(target, Buffer.from(input))));
  expect(seen.size).toBe(1);
});

function wait(ms: number): string {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return 'fine';
}
