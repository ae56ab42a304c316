import { z } from 'zod';
import type { TammaError } from '../../core/errors.ts';
import { describeNeeds, refusedWith } from './failure.ts';
import { type ApiOptions, createApi, parse } from './request.ts';
import { createSelf } from './self.ts';
import { createSiteWrites, type SiteWrites } from './site-writes.ts';
import { readTokenKind, type TokenKind } from './token-kind.ts';

/** What there is to see, or why it cannot be seen. Settings answer 404 as well where a token may not read them. */
export type Look<T> =
  | { status: 'seen'; data: T; headers: Readonly<Record<string, string>> }
  | { status: 'missing'; message: string }
  /** `needs`: the permissions that GitHub says would do; empty where it does not say. */
  | { status: 'forbidden'; message: string; needs: string };

/** Whether a token may do something, told without doing it. `why` is GitHub's text. */
export type Probe = { allowed: boolean; why: string };

/**
 * A repository's page at GitHub and the settings behind it: for setting Tamma up, which no run of an issue does. Every
 * function throws PLATFORM_AUTH, PLATFORM_RATE_LIMITED and PLATFORM_UNREACHABLE; what is refused is an answer.
 */
export interface Site extends SiteWrites {
  readonly owner: string;
  readonly repo: string;
  /** `https://github.com/acme/shop`, without a slash at the end. */
  readonly pageUrl: string;
  readonly tokenKind: TokenKind;
  account(): Promise<string>;
  /** Of a classic or OAuth token; undefined for all others, which have permissions instead. */
  listScopes(): Promise<string[] | undefined>;
  /** `route` below `/repos/{owner}/{repo}`. */
  look<T>(schema: z.ZodType<T>, route: string, parameters?: Record<string, unknown>): Promise<Look<T>>;
  /** A request below `/repos/{owner}/{repo}` that can only fail: allowed is what fails otherwise than with 403. */
  probe(method: string, route: string, parameters?: Record<string, unknown>): Promise<Probe>;
}

export type SiteOptions = ApiOptions & { pageUrl: string };

/** Nothing is asked for before a function is called. */
export function createSite(options: SiteOptions): Site {
  const { owner, repo, pageUrl, token, tokens, apiUrl } = options;
  const api = createApi(options);
  const self = createSelf(api, { apiUrl, token, tokens, identity: null });
  const toRoute = (method: string, route: string) => `${method} /repos/{owner}/{repo}${route}`;
  return {
    owner,
    repo,
    pageUrl,
    tokenKind: tokens ? 'app' : readTokenKind(token),
    account: async () => (await self()).login,
    async listScopes() {
      const { headers } = await api.ask(toRoute('GET', ''));
      const scopes = headers['x-oauth-scopes'];
      return scopes === undefined ? undefined : splitScopes(String(scopes));
    },
    async look(schema, route, parameters = {}) {
      try {
        const { data, headers } = await api.ask(toRoute('GET', route), parameters);
        return { status: 'seen', data: parse(schema, data, route), headers: toTexts(headers) };
      } catch (error) {
        return toLook(error);
      }
    },
    async probe(method, route, parameters = {}) {
      try {
        await api.write(z.unknown(), toRoute(method, route), parameters);
        return { allowed: true, why: '' };
      } catch (error) {
        const status = refusedWith(error);
        if (status === undefined) throw error;
        return { allowed: status !== 403, why: (error as TammaError).message };
      }
    },
    ...createSiteWrites(api),
  };
}

/** The header is there for tokens that have scopes, and for no other. */
function splitScopes(header: string): string[] {
  return header.split(',').flatMap((scope) => scope.trim() || []);
}

function toLook(error: unknown): Look<never> {
  const status = refusedWith(error);
  const { message } = error as Error;
  if (status === 404 || status === 410) return { status: 'missing', message };
  if (status !== 403) throw error;
  return { status: 'forbidden', message, needs: describeNeeds((error as TammaError).cause) };
}

function toTexts(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
