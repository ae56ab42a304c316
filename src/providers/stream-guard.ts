/** How long a call may take, in milliseconds. `idle`: without a byte from the server. `wall`: all in all. */
export type CallTimes = { idle: number; wall: number };

/**
 * A vendor's API that says nothing for two minutes is gone. The wall leaves room for the longest answers: 128k tokens
 * at 70 a second. Sources of the figures: apis.md D2.
 */
export const defaultTimes: CallTimes = { idle: 120_000, wall: 1_800_000 };

export type StreamGuard = {
  /** For the SDK: the global fetch, with every byte of the answer seen on its way. */
  fetch: typeof globalThis.fetch;
  /** For the SDK: aborted by the caller or by one of the clocks. */
  signal: AbortSignal;
  /** Which clock ran out, if one did. */
  expired(): keyof CallTimes | undefined;
  hasBegun(): boolean;
  /** Stops the clocks. */
  end(): void;
};

/**
 * Watches one call. Bytes are counted, not events: the SDKs swallow `ping` events and comment lines, which are all that
 * comes while a model thinks.
 */
export function createStreamGuard(times: CallTimes, signal: AbortSignal | undefined): StreamGuard {
  const controller = new AbortController();
  let expired: keyof CallTimes | undefined;
  let hasBegun = false;
  const expire = (clock: keyof CallTimes) => {
    expired ??= clock;
    controller.abort();
  };
  const idle = setTimeout(expire, times.idle, 'idle');
  const wall = setTimeout(expire, times.wall, 'wall');
  let hasEnded = false;
  const touch = () => {
    // A cleared timer would start again.
    if (!hasEnded) idle.refresh();
  };
  return {
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    expired: () => expired,
    hasBegun: () => hasBegun,
    end() {
      hasEnded = true;
      clearTimeout(idle);
      clearTimeout(wall);
    },
    async fetch(input, init) {
      const response = await fetch(input, init);
      touch();
      if (!response.body || !response.ok) return response;
      const watch = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, stream) {
          hasBegun = true;
          touch();
          stream.enqueue(chunk);
        },
      });
      return new Response(response.body.pipeThrough(watch), response);
    },
  };
}
