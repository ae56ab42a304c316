import type { Clock } from '../../ports/host.ts';
import type { PlatformUsage } from '../../ports/platform.ts';

/** One request that left, without anything of its content. `status` 0: no answer came. */
export type ObservedCall = { method: string; route: string; status: number };

type Hook = {
  hook: {
    wrap(
      name: 'request',
      wrapped: (
        request: (options: RequestOptions) => Promise<Response>,
        options: RequestOptions,
      ) => Promise<Response>,
    ): void;
  };
};
type RequestOptions = { method: string; url: string; query?: string };
type Response = { status: number; headers: Record<string, string | number | undefined> };

/** Counts what goes to GitHub and keeps what GitHub says is left. */
export function createMeter(observe: ((call: ObservedCall) => void) | undefined, clock: Clock) {
  const usage: PlatformUsage = { requests: 0, writes: 0, remaining: null, resetAt: null };

  function note({ method, url, query }: RequestOptions, answer: Partial<Response>): void {
    const isGraphql = url === '/graphql';
    usage.requests += 1;
    if (isGraphql ? /^\s*mutation/.test(query ?? '') : !['GET', 'HEAD'].includes(method)) usage.writes += 1;
    const { 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset } = answer.headers ?? {};
    if (!isGraphql && remaining !== undefined) {
      usage.remaining = Number(remaining);
      usage.resetAt = new Date(Number(reset) * 1000 || clock.now().getTime()).toISOString();
    }
    observe?.({ method, route: url, status: answer.status ?? 0 });
  }

  const plugin = (octokit: unknown) => {
    (octokit as Hook).hook.wrap('request', async (request, options) => {
      // The next hook fills in what the template leaves open.
      const { method, url, query } = options;
      const sent: RequestOptions = { method, url, ...(query === undefined ? {} : { query }) };
      try {
        const response = await request(options);
        note(sent, response);
        return response;
      } catch (error) {
        const { status, response } = error as { status?: number; response?: Response };
        note(sent, response ?? { status: status && response ? status : 0 });
        throw error;
      }
    });
    return {};
  };
  return { plugin, usage: (): PlatformUsage => ({ ...usage }) };
}
