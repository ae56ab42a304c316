import type { createMeter } from './meter.ts';
import { createAuthStrategy, type TokenSource } from './tokens.ts';

export type Parameters = Readonly<Record<string, unknown>>;
export type Answer = { data: unknown; headers: Record<string, string | number | undefined> };

type OctokitOptions = {
  token: string;
  /** In place of the token. */
  tokens?: TokenSource | undefined;
  apiUrl: string;
  fetch?: typeof fetch;
  secondMs?: number;
};

/** Longer waits park the step: nobody pays a runner for waiting. */
export const MAX_WAIT_MS = 60_000;

export type Octokit = {
  request(route: string, parameters: Parameters): Promise<Answer>;
  graphql(query: string, variables: Parameters): Promise<unknown>;
};

/** A second between writes, three between what people are notified of: for servers that others share. */
const AT_ONCE = { key: () => ({ schedule: (_options: unknown, job: () => unknown) => job() }) } as never;
const UNPACED = { write: AT_ONCE, notifications: AT_ONCE };

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The libraries are loaded here, not with the module. */
export async function createOctokit(
  { token, tokens, apiUrl, fetch, secondMs = 1000 }: OctokitOptions,
  meter: ReturnType<typeof createMeter>['plugin'],
): Promise<Octokit> {
  const [{ getOctokit }, { throttling }] = await Promise.all([
    import('@actions/github'),
    import('@octokit/plugin-throttling'),
  ]);
  const mayWait = (retryAfter: number, _options: unknown, _octokit: unknown, retryCount: number) =>
    retryAfter * 1000 <= MAX_WAIT_MS && retryCount < 2;
  const octokit = getOctokit(
    tokens ? 'asked for with every request' : token,
    {
      ...(tokens ? { authStrategy: createAuthStrategy(tokens) } : {}),
      baseUrl: apiUrl,
      userAgent: 'tamma',
      log: SILENT,
      ...(fetch ? { request: { fetch } } : {}),
      throttle: {
        onRateLimit: mayWait,
        onSecondaryRateLimit: mayWait,
        retryAfterBaseValue: secondMs,
        ...(isOnThisMachine(apiUrl) ? UNPACED : {}),
      },
    },
    // Before the throttling, so that it sees every request that leaves.
    meter,
    throttling,
  );
  return octokit as unknown as Octokit;
}

function isOnThisMachine(apiUrl: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(apiUrl).hostname);
}
