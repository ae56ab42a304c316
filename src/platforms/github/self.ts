import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import type { ActorPort } from '../../ports/platform/people.ts';
import { account } from './answers.ts';
import type { Api } from './request.ts';
import type { TokenSource } from './tokens.ts';

export type Self = Awaited<ReturnType<ActorPort['self']>>;

const viewer = z.object({ viewer: z.object({ login: z.string(), databaseId: z.number().nullish() }) });

export type SelfOptions = {
  apiUrl: string;
  token: string;
  tokens?: TokenSource | undefined;
  identity: { name: string; email: string } | null;
};

/** Whoever the token is, asked once. An app's token has no `GET /user`, but it is the viewer of GraphQL like anybody. */
export function createSelf(api: Api, { apiUrl, token, tokens, identity }: SelfOptions): () => Promise<Self> {
  let known: Promise<Self> | undefined;
  async function ask(): Promise<Self> {
    const { id, login, isBot } = await findAccount(api, tokens !== undefined || isAppToken(token));
    const email = `${id}+${login}@users.noreply.${hostOf(apiUrl)}`;
    return {
      kind: 'system' as const,
      id: String(id),
      login,
      via: 'github',
      name: identity?.name ?? login,
      email: identity?.email ?? email,
      ...(isBot ? { assignable: false } : {}),
    };
  }
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined; // the next one who wants to know asks again
      throw error;
    });
    return known;
  };
}

async function findAccount(api: Api, isApp: boolean): Promise<{ id: number; login: string; isBot: boolean }> {
  const { viewer: found } = await api.query(viewer, 'query viewer { viewer { login databaseId } }');
  // REST calls an app `name[bot]`; GraphQL does so in some places only.
  const login = isApp && !found.login.endsWith('[bot]') ? `${found.login}[bot]` : found.login;
  if (found.databaseId) return { id: found.databaseId, login, isBot: login.endsWith('[bot]') };
  const known = await api.get(account, 'GET /users/{username}', { username: login });
  if (known.login.toLowerCase() === login.toLowerCase())
    return { id: known.id, login: known.login, isBot: known.type === 'Bot' };
  throw new TammaError('GIT_IDENTITY_MISSING', 'GitHub does not say whose token this is');
}

/** Installation tokens, that of a job among them (GitHub docs, "GitHub's token formats"). */
function isAppToken(token: string): boolean {
  return token.startsWith('ghs_');
}

/** `github.com` of `api.github.com`, the server itself of an Enterprise Server's `/api/v3`. */
function hostOf(apiUrl: string): string {
  return new URL(apiUrl).hostname.replace(/^api\./, '');
}
