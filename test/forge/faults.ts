import type { TokenKind } from './state.ts';

/** What a request is, before anything happened because of it. */
export type RequestFacts = {
  kind: 'rest' | 'graphql' | 'git';
  method: string;
  path: string;
  /** Top-level fields of a GraphQL operation. */
  operations: readonly string[];
};

export type FaultEffect =
  /** An answer instead of GitHub's: nothing happened. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: unknown }
  /** It happened, and this is what the client hears. */
  | { kind: 'answer-after'; status: number; headers?: Record<string, string>; body?: unknown }
  /** The connection breaks, before or after the effect. */
  | { kind: 'drop'; after?: boolean }
  /** The effect happened, and no answer ever comes. */
  | { kind: 'hang' }
  | { kind: 'delay'; milliseconds: number }
  /** A read that does not see the newest write. */
  | { kind: 'stale' };

export type FaultRule = {
  kind?: RequestFacts['kind'];
  method?: string;
  path?: string | RegExp;
  /** Name of a GraphQL field, such as `createCommitOnBranch`. */
  operation?: string;
  /** Which of the requests that match; 1 is the next one. */
  nth?: number;
  /** How many in a row from there. Default 1. */
  times?: number;
  /** Only requests with a token of this kind. */
  token?: TokenKind;
  /** Several: every request that matches meets the first, its repetition the next, until one goes through. */
  effect: FaultEffect | readonly FaultEffect[];
};

export type Faults = {
  add(rule: FaultRule): void;
  clear(): void;
  /** Rules that have not been used up. */
  pending(): FaultRule[];
  /** The effect of the first rule whose turn it is; every matching rule counts this request. */
  take(facts: RequestFacts, token?: TokenKind | null): FaultEffect | undefined;
};

export function createFaults(): Faults {
  let rules: { rule: FaultRule; seen: number; met: Map<string, number> }[] = [];
  const end = ({ nth = 1, times = 1 }: FaultRule) => nth + times - 1;
  return {
    add: (rule) => void rules.push({ rule, seen: 0, met: new Map() }),
    clear() {
      rules = [];
    },
    pending: () => rules.filter(({ rule, seen }) => seen < end(rule)).map(({ rule }) => rule),
    take(facts, token) {
      const isBy = ({ token: wanted }: FaultRule) => wanted === undefined || wanted === token;
      const matching = rules.filter(({ rule }) => isBy(rule) && isAbout(rule, facts));
      for (const entry of matching) entry.seen += 1;
      for (const { rule, seen, met } of matching) {
        const { effect, nth = 1 } = rule;
        if (isSeveral(effect)) return takeNext(met, facts, effect);
        if (seen >= nth && seen <= end(rule)) return effect;
      }
      return undefined;
    },
  };
}

/** Whether a read may be answered from before the newest write. */
export function wantsStale({ effect }: FaultRule): boolean {
  return !isSeveral(effect) && effect.kind === 'stale';
}

function isSeveral(effect: FaultRule['effect']): effect is readonly FaultEffect[] {
  return Array.isArray(effect);
}

/** What a request meets after those that were like it: method, path and operations tell. */
function takeNext(
  met: Map<string, number>,
  { method, path, operations }: RequestFacts,
  effects: readonly FaultEffect[],
): FaultEffect | undefined {
  const key = [method, path, ...operations].join(' ');
  const turn = met.get(key) ?? 0;
  met.set(key, (turn + 1) % (effects.length + 1));
  return effects[turn];
}

function isAbout(rule: FaultRule, facts: RequestFacts): boolean {
  if (rule.kind !== undefined && rule.kind !== facts.kind) return false;
  if (rule.kind === undefined && facts.kind === 'git') return false;
  if (rule.method !== undefined && rule.method !== facts.method) return false;
  if (rule.operation !== undefined && !facts.operations.includes(rule.operation)) return false;
  if (wantsStale(rule) && facts.kind === 'rest' && facts.method !== 'GET') return false;
  if (rule.path === undefined) return true;
  return typeof rule.path === 'string' ? facts.path === rule.path : rule.path.test(facts.path);
}

const answer = (status: number, message: string, headers: Record<string, string> = {}): FaultEffect => ({
  kind: 'answer',
  status,
  headers,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
});

/** Faults in GitHub's own words. */
export const githubFaults = {
  serverError: () => answer(500, 'Server Error'),
  badGateway: () => answer(502, 'Server Error'),
  /** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits */
  secondaryLimit: (retryAfter = 60) =>
    answer(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', {
      'retry-after': String(retryAfter),
    }),
  tooMany: (retryAfter = 60) => answer(429, 'API rate limit exceeded', { 'retry-after': String(retryAfter) }),
  primaryLimit: (resetAt: Date) =>
    answer(403, 'API rate limit exceeded for installation.', {
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': '1000',
      'x-ratelimit-reset': String(Math.floor(resetAt.getTime() / 1000)),
    }),
  timeoutAfterEffect: (): FaultEffect => ({ kind: 'hang' }),
  dropAfterEffect: (): FaultEffect => ({ kind: 'drop', after: true }),
  staleRead: (): FaultEffect => ({ kind: 'stale' }),
};
