import {
  CONSTANTS,
  callFunction,
  getIn,
  isEqual,
  isTruthy,
  toList,
  toNumber,
  toText,
} from './expression-values.ts';

/** What GitHub's expressions know: values by name, and the outcome so far. */
export type Scope = {
  values: Readonly<Record<string, unknown>>;
  status: 'success' | 'failure' | 'cancelled' | 'skipped';
};

type Token = { kind: 'literal' | 'name' | 'sign'; text: string; value?: unknown };

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|(-?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?))|([a-z_][\w-]*)|(&&|\|\||[=!<>]=|[()[\].,!<>*]))/giy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`not an expression: ${text}`);
    const [, string, number, name, sign] = match;
    if (string !== undefined) {
      tokens.push({ kind: 'literal', text: string, value: string.slice(1, -1).replaceAll("''", "'") });
    } else if (number !== undefined) tokens.push({ kind: 'literal', text: number, value: Number(number) });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}

/**
 * One expression without its `${{ }}`. Operators, indexes, `.*` and the functions below, with GitHub's loose equality.
 * https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions
 */
export function evaluate(text: string, scope: Scope): unknown {
  const tokens = tokenize(text);
  let position = 0;
  const peek = () => tokens[position]?.text;
  const isNext = (sign: string) => tokens[position]?.kind === 'sign' && peek() === sign;
  const take = (sign: string) => {
    if (!isNext(sign)) return false;
    position += 1;
    return true;
  };
  const need = (sign: string) => {
    if (!take(sign)) throw new Error(`"${sign}" expected in ${text}`);
  };

  const parseOr = (): unknown => {
    let left = parseAnd();
    while (take('||')) {
      const right = parseAnd();
      left = isTruthy(left) ? left : right;
    }
    return left;
  };
  const parseAnd = (): unknown => {
    let left = parseComparison();
    while (take('&&')) {
      const right = parseComparison();
      left = isTruthy(left) ? right : left;
    }
    return left;
  };
  const parseComparison = (): unknown => {
    const left = parseUnary();
    if (take('==')) return isEqual(left, parseUnary());
    if (take('!=')) return !isEqual(left, parseUnary());
    const sign = ['<=', '>=', '<', '>'].find(take);
    if (sign === undefined) return left;
    const [a, b] = [toNumber(left), toNumber(parseUnary())];
    return sign === '<' ? a < b : sign === '>' ? a > b : sign === '<=' ? a <= b : a >= b;
  };
  const parseUnary = (): unknown => (take('!') ? !isTruthy(parseUnary()) : parsePath());
  const parsePath = (): unknown => {
    let value = parsePrimary();
    for (;;) {
      if (take('.')) value = take('*') ? toList(value) : getIn(value, tokens[position++]?.text ?? '');
      else if (take('[')) {
        value = isNext('*') && take('*') ? toList(value) : getIn(value, String(parseOr()));
        need(']');
      } else return value;
    }
  };
  const parsePrimary = (): unknown => {
    if (take('(')) {
      const value = parseOr();
      need(')');
      return value;
    }
    const token = tokens[position++];
    if (token?.kind === 'literal') return token.value;
    if (token?.kind !== 'name') throw new Error(`not an expression: ${text}`);
    if (token.text in CONSTANTS) return CONSTANTS[token.text];
    if (!take('(')) return getIn(scope.values, token.text);
    const args: unknown[] = [];
    while (!isNext(')')) {
      args.push(parseOr());
      if (!take(',')) break;
    }
    need(')');
    return callFunction(token.text, args, scope);
  };

  const value = parseOr();
  if (position < tokens.length) throw new Error(`unexpected "${peek()}" in ${text}`);
  return value;
}

const EXPRESSION = /\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}/g;

/** A value of a workflow file with its expressions replaced; one that is nothing but an expression keeps its type. */
export function interpolate(value: unknown, scope: Scope): unknown {
  if (typeof value !== 'string') return value;
  const whole = /^\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}$/.exec(value.trim())?.[1];
  if (whole !== undefined) return evaluate(whole, scope);
  return value.replace(EXPRESSION, (_match, text: string) => toText(evaluate(text, scope)));
}

export const interpolateText = (value: unknown, scope: Scope) => toText(interpolate(value, scope));

/** A whole map or list, all the way down. */
export function interpolateAll(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => interpolateAll(item, scope));
  if (value === null || typeof value !== 'object') return interpolate(value, scope);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolateAll(item, scope)]));
}

/** An `if`: without a word about the outcome it means "and all went well". */
export function isWanted(condition: string | boolean | undefined, scope: Scope): boolean {
  const text = String(condition ?? 'success()').replace(/^\s*\$\{\{([\s\S]*)\}\}\s*$/, '$1');
  const saysOutcome = /\b(?:always|success|failure|cancelled)\s*\(/i.test(text);
  return isTruthy(evaluate(text, scope)) && (saysOutcome || scope.status === 'success');
}
