import { describe, expect, test } from 'vitest';
import { type ErrorCode, TammaError } from '../../src/core/errors.ts';
import type { CallOptions, Provider } from '../../src/ports/provider.ts';
import { createRetryingProvider, type Retry } from '../../src/providers/retrying.ts';
import { createRequest } from '../support/chat-requests.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';
import { catchError } from '../support/wire-faults.ts';

/** Fails with these errors, one a call, and answers after that. */
function createFailing(...errors: unknown[]): Provider & { calls: number } {
  const inner = createScriptedProvider({ answers: () => ({ text: 'at last' }) });
  const provider = {
    ...inner,
    calls: 0,
    chat(request: Parameters<Provider['chat']>[0], options?: CallOptions) {
      provider.calls += 1;
      const error = errors.shift();
      return error ? Promise.reject(error) : inner.chat(request, options);
    },
  };
  return provider;
}

function observe(random = 0.5) {
  const waits: number[] = [];
  const retries: Retry[] = [];
  const sleep = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  return {
    waits,
    retries,
    options: { sleep, random: () => random, onRetry: (retry: Retry) => void retries.push(retry) },
  };
}

const overloaded = () => new TammaError('PROVIDER_OVERLOADED', 'busy');

describe('a provider with retries', () => {
  test('tries three times, with a jitter below one and two seconds', async () => {
    const failing = createFailing(overloaded(), overloaded());
    const { waits, retries, options } = observe();
    const response = await createRetryingProvider(failing, options).chat(createRequest());
    expect(response.message.parts).toEqual([{ type: 'text', text: 'at last' }]);
    expect(waits).toEqual([500, 1000]);
    expect(retries.map(({ failedTries, error }) => [failedTries, error.code])).toEqual([
      [1, 'PROVIDER_OVERLOADED'],
      [2, 'PROVIDER_OVERLOADED'],
    ]);
  });

  test('gives the last error up after the third try, and reports the two before', async () => {
    const failing = createFailing(
      overloaded(),
      overloaded(),
      new TammaError('PROVIDER_UNREACHABLE', 'third'),
    );
    const failed: Error[] = [];
    const provider = createRetryingProvider(failing, observe().options);
    const error = await catchError(
      provider.chat(createRequest(), { onFailedTry: (each) => failed.push(each) }),
    );
    expect(error.message).toBe('third');
    expect(failed.map(({ message }) => message)).toEqual(['busy', 'busy']);
    expect(failing.calls).toBe(3);
  });

  test('waits as long as the server asks', async () => {
    const { waits, options } = observe();
    const failing = createFailing(new TammaError('PROVIDER_RATE_LIMITED', 'slow', { retryAfterMs: 42_000 }));
    await createRetryingProvider(failing, options).chat(createRequest());
    expect(waits).toEqual([42_000]);
  });

  test('parks the run instead of waiting longer than a minute', async () => {
    const { waits, options } = observe();
    const failing = createFailing(new TammaError('PROVIDER_RATE_LIMITED', 'slow', { retryAfterMs: 60_001 }));
    const error = await catchError(createRetryingProvider(failing, options).chat(createRequest()));
    expect(error).toMatchObject({ code: 'PROVIDER_RATE_LIMITED', retryAfterMs: 60_001 });
    expect(waits).toEqual([]);
  });

  test.each<ErrorCode>([
    'PROVIDER_QUOTA',
    'PROVIDER_AUTH',
    'PROVIDER_INVALID_REQUEST',
    'PROVIDER_CONTEXT_OVERFLOW',
    'PROVIDER_REFUSED',
    'RECORDING_MISMATCH',
  ])('never repeats %s', async (code) => {
    const failing = createFailing(new TammaError(code, 'no', { retryAfterMs: 1 }));
    expect(
      await catchError(createRetryingProvider(failing, observe().options).chat(createRequest())),
    ).toMatchObject({ code });
    expect(failing.calls).toBe(1);
  });

  test('never repeats a defect of ours', async () => {
    const failing = createFailing(new TypeError('x is undefined'));
    await expect(createRetryingProvider(failing, observe().options).chat(createRequest())).rejects.toThrow(
      TypeError,
    );
    expect(failing.calls).toBe(1);
  });

  test('asks for a broken stream whole', async () => {
    const failing = createFailing(new TammaError('PROVIDER_STREAM_BROKEN', 'cut'));
    let text = '';
    await createRetryingProvider(failing, observe().options).chat(createRequest(), {
      onText: (delta) => (text += delta),
    });
    expect(text).toBe('at last');
  });

  test('an abort ends the wait with its reason', async () => {
    const reason = new Error('stopped');
    const controller = new AbortController();
    const provider = createRetryingProvider(createFailing(overloaded()), {
      random: () => 0.99,
      onRetry: () => queueMicrotask(() => controller.abort(reason)),
    });
    await expect(provider.chat(createRequest(), { signal: controller.signal })).rejects.toBe(reason);
    const ofTheRun = createRetryingProvider(createFailing(overloaded()), { signal: controller.signal });
    await expect(ofTheRun.chat(createRequest())).rejects.toBe(reason);
  });

  test('waits in real time without more being said', async () => {
    const provider = createRetryingProvider(createFailing(overloaded()), { random: () => 0.001 });
    expect((await provider.chat(createRequest())).stopReason).toBe('end');
  });
});
