import { setTimeout } from 'node:timers/promises';
import { TammaError } from '../core/errors.ts';
import type { Provider } from '../ports/provider.ts';

export type Retry = { error: TammaError; failedTries: number; waitMs: number };

export type RetryOptions = {
  /** Rejects when the signal aborts. */
  sleep?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** At least 0, below 1. */
  random?: () => number;
  onRetry?: (retry: Retry) => void;
  /** Ends every wait, also of calls without a signal of their own. */
  signal?: AbortSignal;
};

const TRIES = 3;
const FIRST_WAIT = 1000;
/** Longer waits belong to the scheduler: the error goes up with `retryAfterMs` and the run is parked. */
const LONGEST_WAIT = 60_000;

/**
 * The same provider with up to three tries, one to two seconds of full jitter apart or as long as the server says. Only
 * what the catalogue calls retryable is tried again, never quota, key or request. A broken stream is asked for whole:
 * `onText` may begin anew. Own code rather than cockatiel's, whose sleep is not ours to give, whose back-off does not
 * see the server's wait, and which asks for Node 22 where the demo runs on 20.
 */
export function createRetryingProvider(provider: Provider, options: RetryOptions = {}): Provider {
  const { sleep = sleepFor, random = Math.random, onRetry, signal } = options;
  return {
    name: provider.name,
    vendor: provider.vendor,
    model: provider.model,
    limits: () => provider.limits(),
    async chat(request, call = {}) {
      for (let failedTries = 1; ; failedTries++) {
        try {
          return await provider.chat(request, call);
        } catch (thrown) {
          const waitMs = findWait(thrown, failedTries, random);
          if (waitMs === undefined) throw thrown;
          const error = thrown as TammaError;
          call.onFailedTry?.(error);
          onRetry?.({ error, failedTries, waitMs });
          await sleep(waitMs, call.signal ?? signal);
        }
      }
    },
  };
}

/** Milliseconds until the next try; undefined where there is none. */
function findWait(thrown: unknown, failedTries: number, random: () => number): number | undefined {
  if (!(thrown instanceof TammaError) || !thrown.retryable || failedTries >= TRIES) return undefined;
  const waitMs = thrown.retryAfterMs ?? random() * FIRST_WAIT * 2 ** (failedTries - 1);
  return waitMs > LONGEST_WAIT ? undefined : waitMs;
}

async function sleepFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, signal ? { signal } : {});
  } catch (aborted) {
    signal?.throwIfAborted();
    throw aborted;
  }
}
