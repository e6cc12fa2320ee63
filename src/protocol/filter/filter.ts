import type { Exchange } from '../exchange.ts';
import { type Condition, parseFilter } from './parse-filter.ts';
import { readField, type FieldValue } from './filter-fields.ts';

export type ExchangeFilter = (exchange: Exchange) => boolean;

/** Where an expression is wrong. */
export interface FilterProblem {
  readonly message: string;
  /** From 0, in characters. */
  readonly column: number;
}

/** Compiles an expression of the language that docs/filter.md describes. */
export function compileFilter(
  expression: string,
):
  | { readonly ok: true; readonly filter: ExchangeFilter }
  | { readonly ok: false; readonly problem: FilterProblem } {
  const parsed = parseFilter(expression);
  if (!parsed.ok) return parsed;
  return { ok: true, filter: (exchange) => evaluate(parsed.condition, exchange) };
}

function evaluate(condition: Condition, exchange: Exchange): boolean {
  switch (condition.type) {
    case 'and':
      return evaluate(condition.left, exchange) && evaluate(condition.right, exchange);
    case 'or':
      return evaluate(condition.left, exchange) || evaluate(condition.right, exchange);
    case 'not':
      return !evaluate(condition.operand, exchange);
    case 'has':
      return readField(condition.field, exchange).length > 0;
    case 'compare':
      break;
  }
  // A field with several values (a header that is repeated) fits when one of them does; one that is not known never.
  return readField(condition.field, exchange).some((value) => compares(value, condition));
}

function compares(
  value: FieldValue,
  { operator, operand, pattern }: Extract<Condition, { type: 'compare' }>,
): boolean {
  switch (operator) {
    case '~':
      return pattern?.test(String(value)) ?? false;
    case 'contains':
      return String(value).includes(String(operand));
    case '==':
      return isEqual(value, operand);
    case '!=':
      return !isEqual(value, operand);
    case '<':
      return order(value, operand) < 0;
    case '<=':
      return order(value, operand) <= 0;
    case '>':
      return order(value, operand) > 0;
    case '>=':
      break;
  }
  return order(value, operand) >= 0;
}

/** Words are compared as people write them: `method == post`. */
function isEqual(value: FieldValue, operand: FieldValue): boolean {
  if (typeof value === 'number' || typeof operand === 'number') return Number(value) === Number(operand);
  return value.toLowerCase() === operand.toLowerCase();
}

/** NaN, of which nothing is true, where one of them is no number. */
function order(value: FieldValue, operand: FieldValue): number {
  return Number(value) - Number(operand);
}
