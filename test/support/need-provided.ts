import type { TestContext } from 'vitest';
import type { Provided } from './provided.ts';

/** What was provided; where it could not be, the test is skipped with the reason. */
export function needProvided<Value>(context: TestContext, result: Provided<Value>): Value {
  if (!result.ok) context.skip(result.reason);
  return (result as { readonly value: Value }).value;
}
