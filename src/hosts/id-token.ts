import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TammaError } from '../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type IdTokenOptions = {
  environment: Environment;
  /** Told of every token before it is used: to mask it. */
  onToken(token: string): void;
  /** Length of a second in waits: a test has no time for real ones. Default 1000 ms. */
  secondMs?: number | undefined;
};

/** Who this run is, as a JWT for that audience, signed by the CI platform. Made anew for each call: it lives minutes. */
export type GetIdToken = (audience: string) => Promise<string>;

/** Whether this job may say who it is. */
export function hasIdTokens(environment: Environment): boolean {
  return Boolean(environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
}

const answer = z.object({ value: z.string().min(1) });
const TRIES = 3;
const TIMEOUT_MS = 20_000;

/**
 * The token service of the runner; undefined where this job has none. GitHub sets both variables for jobs with
 * `id-token: write` only (docs.github.com, "OpenID Connect reference"). Throws ID_TOKEN_UNAVAILABLE when asked.
 */
export function findIdTokens({
  environment,
  onToken,
  secondMs = 1000,
}: IdTokenOptions): GetIdToken | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = environment;
  if (!address || !bearer) return undefined;
  return async (audience) => {
    const url = new URL(address);
    url.searchParams.set('audience', audience);
    for (let attempt = 1; ; attempt += 1) {
      const { status, token } = await ask(url, bearer);
      if (token) {
        onToken(token);
        return token;
      }
      const isPassing = status === 0 || status === 429 || status >= 500;
      if (isPassing && attempt < TRIES) await sleep(attempt * secondMs);
      else throw toError(status);
    }
  };
}

async function ask(url: URL, bearer: string): Promise<{ status: number; token?: string }> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `bearer ${bearer}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) return { status: response.status };
    return { status: response.status, token: answer.parse(await response.json()).value };
  } catch {
    return { status: 0 };
  }
}

/** Nothing of the answer is told: it may hold what it was asked with. */
function toError(status: number): TammaError {
  const what = status === 0 ? 'does not answer' : `refuses with ${status}`;
  return new TammaError('ID_TOKEN_UNAVAILABLE', `the token service of this job ${what}`);
}
