import { compileFilter, type ExchangeFilter } from '../protocol/filter/filter.ts';
import { exitCode, UserError } from '../util/user-error.ts';

/** @throws {UserError} that points at the column where the expression is wrong */
export function readFilter(expression: string): ExchangeFilter {
  const compiled = compileFilter(expression);
  if (compiled.ok) return compiled.filter;
  const { message, column } = compiled.problem;
  throw new UserError({
    message: `this filter cannot be understood: ${message}`,
    reason: `${expression}\n${' '.repeat(column)}^`,
    remedy: 'fields, operators and examples: docs/filter.md',
    exitCode: exitCode.usage,
  });
}
