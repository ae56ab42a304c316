import type { Scope } from './expressions.ts';

export const CONSTANTS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

export function callFunction(name: string, args: readonly unknown[], { status }: Scope): unknown {
  const [first, second] = args;
  const texts = args.map(toText);
  const lower = texts.map((text) => text.toLowerCase());
  switch (name.toLowerCase()) {
    case 'always':
      return true;
    case 'success':
    case 'failure':
    case 'cancelled':
      return status === name.toLowerCase();
    case 'contains':
      return Array.isArray(first)
        ? first.some((item) => isEqual(item, second))
        : (lower[0] ?? '').includes(lower[1] ?? '');
    case 'startswith':
      return (lower[0] ?? '').startsWith(lower[1] ?? '');
    case 'endswith':
      return (lower[0] ?? '').endsWith(lower[1] ?? '');
    case 'format':
      return (texts[0] ?? '').replace(
        /\{(\d+)\}/g,
        (_match, index: string) => texts[Number(index) + 1] ?? '',
      );
    case 'join':
      return Array.isArray(first) ? first.map(toText).join(texts[1] ?? ',') : texts[0];
    case 'tojson':
      return JSON.stringify(first, null, 2);
    case 'fromjson':
      return JSON.parse(texts[0] ?? '');
    default:
      throw new Error(`the forge has no function ${name}()`);
  }
}

/** Names are compared without case; what is not there is null. */
export function getIn(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    return /^\d+$/.test(name) ? (value[Number(name)] ?? null) : value.map((item) => getIn(item, name));
  }
  if (value === null || typeof value !== 'object') return null;
  const key = Object.keys(value).find((entry) => entry.toLowerCase() === name.toLowerCase());
  return key === undefined ? null : (value as Record<string, unknown>)[key];
}

export function toList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value !== null && typeof value === 'object' ? Object.values(value) : [];
}

export function isTruthy(value: unknown): boolean {
  return !(
    value === null ||
    value === undefined ||
    value === false ||
    value === 0 ||
    value === '' ||
    Number.isNaN(value)
  );
}

export function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a.toLowerCase() === b.toLowerCase();
  if (typeof a === typeof b || (a ?? null) === (b ?? null)) return (a ?? null) === (b ?? null);
  return toNumber(a) === toNumber(b);
}

export function toNumber(value: unknown): number {
  if (value === null || value === undefined || value === '') return 0;
  return typeof value === 'object' ? Number.NaN : Number(value);
}

export function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? (Array.isArray(value) ? 'Array' : 'Object') : String(value);
}
