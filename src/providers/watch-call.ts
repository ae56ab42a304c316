import type { TokenUsage } from '../ports/provider.ts';
import { toProviderError } from './failure.ts';
import type { AccessTokens } from './federation.ts';
import { type CallTimes, createStreamGuard, type StreamGuard } from './stream-guard.ts';

export type WireOptions = {
  /** The provider's name in the configuration. */
  name: string;
  vendor: string;
  model: string;
  baseUrl: string;
  /** Undefined for servers of one's own that ask for none. */
  apiKey: string | undefined;
  /** In place of a key: tokens that are exchanged during the run. */
  tokens?: AccessTokens | undefined;
  times?: CallTimes;
  /** Judges dates in `retry-after`. */
  now?: () => Date;
};

type WatchedCall<T> = {
  run(guard: StreamGuard): Promise<T>;
  /** What a cut-off answer cost, as far as it is known; asked only after a failure. */
  findUsage(): TokenUsage | undefined;
};

/**
 * One call under both clocks. Throws the signal's reason when the caller aborts, and a PROVIDER_* error for anything
 * else, with `details.usage` where an answer had begun: it will be billed.
 */
export async function watchCall<T>(
  {
    name,
    apiKey,
    times,
    now,
  }: Required<Pick<WireOptions, 'name' | 'times' | 'now'>> & Pick<WireOptions, 'apiKey'>,
  signal: AbortSignal | undefined,
  { run, findUsage }: WatchedCall<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const guard = createStreamGuard(times, signal);
  try {
    return await run(guard);
  } catch (thrown) {
    signal?.throwIfAborted();
    const expired = guard.expired();
    const cause = expired ? new Error(describeExpiry(expired, times)) : thrown;
    const hasBegun = guard.hasBegun();
    const usage = hasBegun ? findUsage() : undefined;
    throw toProviderError(cause, { name, apiKey, now: now(), hasBegun, ...(usage ? { usage } : {}) });
  } finally {
    guard.end();
  }
}

function describeExpiry(clock: keyof CallTimes, times: CallTimes): string {
  const seconds = times[clock] / 1000;
  return clock === 'idle' ? `nothing came for ${seconds} s` : `no complete answer within ${seconds} s`;
}
