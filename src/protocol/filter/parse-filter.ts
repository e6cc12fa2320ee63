import { type Field, fieldNames, isFieldName } from './filter-fields.ts';
import { type Token, tokenizeFilter } from './tokenize-filter.ts';

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '~' | 'contains';

export type Condition =
  | { readonly type: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly type: 'not'; readonly operand: Condition }
  /** The field is known at all. */
  | { readonly type: 'has'; readonly field: Field }
  | {
      readonly type: 'compare';
      readonly field: Field;
      readonly operator: Operator;
      readonly operand: string | number;
      /** Of `~`. */
      readonly pattern: RegExp | null;
    };

export type ParsedFilter =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problem: { readonly message: string; readonly column: number } };

/** `or` of `and` of `not` of comparisons, with parentheses; what is wrong is said with its column. */
export function parseFilter(text: string): ParsedFilter {
  const tokenized = tokenizeFilter(text);
  if (!tokenized.ok) return tokenized;
  try {
    return { ok: true, condition: new Parser(tokenized.tokens).parse() };
  } catch (error) {
    if (error instanceof ParseError)
      return { ok: false, problem: { message: error.message, column: error.column } };
    throw error;
  }
}

class ParseError extends Error {
  readonly column: number;

  constructor(message: string, { column }: Token) {
    super(message);
    this.column = column;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Condition {
    const condition = this.#or();
    if (this.#token.type !== 'end') throw new ParseError('here && or || is missing', this.#token);
    return condition;
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '', value: Number.NaN, column: 0 };
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#accept('||') || this.#accept('or')) left = { type: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#accept('&&') || this.#accept('and')) left = { type: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    if (this.#depth > maxDepth) throw new ParseError('too many parentheses', this.#token);
    this.#depth += 1;
    const condition = this.#accept('!') || this.#accept('not') ? this.#negated() : this.#primary();
    this.#depth -= 1;
    return condition;
  }

  #negated(): Condition {
    return { type: 'not', operand: this.#not() };
  }

  #primary(): Condition {
    if (!this.#accept('(')) return this.#comparison();
    const inside = this.#or();
    if (!this.#accept(')')) throw new ParseError('here ) is missing', this.#token);
    return inside;
  }

  #comparison(): Condition {
    const field = this.#field();
    const operator = operators.find((one) => this.#accept(one));
    if (operator === undefined) return { type: 'has', field };
    const token = this.#token;
    if (token.type === 'end' || token.type === 'operator')
      throw new ParseError('here a value is missing', token);
    this.#at += 1;
    const operand = token.type === 'number' ? token.value : token.text;
    if (isOrder(operator) && typeof operand !== 'number')
      throw new ParseError(`${operator} needs a number`, token);
    const isText = operator === '~' || operator === 'contains';
    return {
      type: 'compare',
      field,
      operator,
      operand: isText ? token.text : operand,
      pattern: operator === '~' ? compilePattern(token) : null,
    };
  }

  #field(): Field {
    const { type, text } = this.#token;
    if (type !== 'word') throw new ParseError('here a field is missing', this.#token);
    const dotted = /^(?:header|headers)\.(.+)$/.exec(text)?.[1];
    if (dotted !== undefined) {
      this.#at += 1;
      return { name: 'header', header: dotted.toLowerCase() };
    }
    if (text === 'header' || text === 'headers') return this.#header();
    if (!isFieldName(text))
      throw new ParseError(`no field is called ${text}; there are ${fieldNames.join(', ')}`, this.#token);
    this.#at += 1;
    return { name: text, header: null };
  }

  #header(): Field {
    this.#at += 1;
    if (!this.#accept('[')) throw new ParseError('here ["name"] is missing', this.#token);
    const { type, text } = this.#token;
    if (type !== 'string' && type !== 'word')
      throw new ParseError('here a header name is missing', this.#token);
    this.#at += 1;
    if (!this.#accept(']')) throw new ParseError('here ] is missing', this.#token);
    return { name: 'header', header: text.toLowerCase() };
  }

  #accept(text: string): boolean {
    const { type, text: found } = this.#token;
    if (found !== text || type === 'string') return false;
    this.#at += 1;
    return true;
  }
}

function compilePattern(token: Token): RegExp {
  try {
    return new RegExp(token.text, 'i');
  } catch (error) {
    throw new ParseError(String(error).replace(/^SyntaxError: /, ''), token);
  }
}

function isOrder(operator: Operator): boolean {
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
}

const operators: readonly Operator[] = ['==', '!=', '<=', '>=', '<', '>', '~', 'contains'];
const maxDepth = 200;
