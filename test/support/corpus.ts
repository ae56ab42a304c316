import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type CorpusEntry = {
  id: string;
  class: string;
  where: string;
  input: Record<string, unknown>;
  expect: { decision: string; tier: 1 | 2; assert: string[]; control: string; note?: string };
};

/** The adversarial corpus as it stands in test/corpus, placeholders unexpanded. */
export function loadCorpus(): CorpusEntry[] {
  const text = readFileSync(new URL('../corpus/adversarial.jsonl', import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CorpusEntry);
}

export type Placeholders = Readonly<Record<string, string>>;

/** A value for every placeholder that the corpus knows; the canary is new every time. No token-like string stands in git. */
export function createPlaceholders(more: Placeholders = {}): Placeholders {
  const letters = (count: number) =>
    randomBytes(count * 2)
      .toString('base64')
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, count);
  const canary = letters(40);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const jwtPart = () => Buffer.from(JSON.stringify({ part: letters(12) })).toString('base64url');
  return {
    CANARY: canary,
    CANARY_B64: base64(canary),
    CANARY_B64_1: base64(`-${canary}`),
    CANARY_B64_2: base64(`--${canary}`),
    CANARY_HEX: Buffer.from(canary).toString('hex'),
    CANARY_REV: [...canary].reverse().join(''),
    CANARY_URL: [...Buffer.from(canary)].map((byte) => `%${byte.toString(16)}`).join(''),
    CANARY_ZW: [...canary].join('\u200b'),
    CANARY_SPACED: [...canary].join(' '),
    CANARY_CUT7: canary.slice(7),
    GHP: `ghp_${letters(36)}`,
    GHS: `ghs_${letters(36)}`,
    SKANT: `sk-ant-api03-${letters(40)}`,
    AKIA: `AKIA${letters(40).toUpperCase().slice(0, 16)}`,
    GLPAT: `glpat-${letters(20)}`,
    JWT: `${jwtPart()}.${jwtPart()}.${letters(43)}`,
    PEM_BODY: letters(64),
    PLAN_HASH: randomBytes(32).toString('hex'),
    OLD_PLAN_HASH: randomBytes(32).toString('hex'),
    ISSUE: '7',
    WS: '/nonexistent/workspace',
    OUT: '/nonexistent/outside',
    ...more,
  };
}

/** The entry with every placeholder replaced. Throws at a placeholder nobody knows. */
export function expand<T>(value: T, placeholders: Placeholders): T {
  if (typeof value === 'string') {
    return value.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const known = placeholders[name];
      if (known === undefined) throw new Error(`the corpus uses an unknown placeholder: ${name}`);
      return known;
    }) as T;
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, placeholders)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expand(item, placeholders)]),
  ) as T;
}

/**
 * Whether a text holds the canary: any form of the corpus, or twelve characters of it in a row with anything but letters
 * and digits between them. Written apart from the redactor, so that one mistake does not hide the other.
 */
export function holdsCanary(text: string, placeholders: Placeholders): boolean {
  const toLetters = (form: string) => form.normalize('NFKC').replace(/[^A-Za-z0-9%]/g, '');
  const letters = toLetters(text);
  const canary = placeholders.CANARY ?? '';
  for (let at = 0; at + 12 <= canary.length; at += 1) {
    if (letters.includes(canary.slice(at, at + 12))) return true;
  }
  // Characters at both ends of base64 depend on what stands beside it.
  const forms = Object.entries(placeholders).filter(([name]) => name.startsWith('CANARY'));
  return forms.some(([, form]) => letters.toLowerCase().includes(toLetters(form).slice(4, -4).toLowerCase()));
}
