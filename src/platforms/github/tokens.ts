import type { HeaderSource } from '../../lib/git-header.ts';

/** A request that was answered with 401. `date` is the server's, from its header; empty where it named none. */
export type RefusedToken = { token: string; message: string; date: string };

/** What requests are authorised with, where one token does not do for the whole run. */
export type TokenSource = {
  /** For a request that is sent now. Throws what making one throws. */
  get(): Promise<string>;
  /** Whether another try makes sense: then `get` answers with something else. Must say no in the end. */
  renew(refused: RefusedToken): boolean | Promise<boolean>;
};

/** git over HTTP takes any token as the password of this user. */
export function toGitHeader(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
}

/** The same for git, where no token does for the whole run. */
export function toHeaderSource(tokens: TokenSource): HeaderSource {
  return {
    get: async () => toGitHeader(await tokens.get()),
    renew(refused) {
      const pair = Buffer.from(refused.replace(/^Basic /, ''), 'base64').toString();
      const token = pair.slice(pair.indexOf(':') + 1);
      return tokens.renew({ token, message: 'git was not let in', date: '' });
    },
  };
}

type Request = ((endpoint: Endpoint) => Promise<unknown>) & {
  endpoint: { merge(route: unknown, parameters?: unknown): Endpoint };
};
type Endpoint = { headers: Record<string, string | number | undefined> };
type Refusal = { status?: number; message?: string; response?: { headers?: { date?: string } } };

/** An authentication strategy as @octokit/core wants it (its README, "Authentication"). */
export function createAuthStrategy(source: TokenSource) {
  async function hook(request: Request, route: unknown, parameters?: unknown): Promise<unknown> {
    const endpoint = request.endpoint.merge(route, parameters);
    for (;;) {
      const token = await source.get();
      endpoint.headers.authorization = `Bearer ${token}`;
      try {
        return await request(endpoint);
      } catch (thrown) {
        const { status, message = '', response } = thrown as Refusal;
        const refused = { token, message, date: response?.headers?.date ?? '' };
        if (status !== 401 || !(await source.renew(refused))) throw thrown;
      }
    }
  }
  return () => Object.assign(async () => ({ type: 'token' as const }), { hook });
}
