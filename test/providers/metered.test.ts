import { describe, expect, test } from 'vitest';
import { TammaError } from '../../src/core/errors.ts';
import { checkNewEvent, type EventDraft } from '../../src/core/events/event.ts';
import type { CallOptions, ChatRequest, Price, Provider } from '../../src/ports/provider.ts';
import { createModel, type ModelOptions } from '../../src/providers/metered.ts';
import { createRetryingProvider } from '../../src/providers/retrying.ts';
import { createRequest } from '../support/chat-requests.ts';
import { createScriptedProvider, type ScriptedAnswer } from '../support/scripted-provider.ts';
import { catchError } from '../support/wire-faults.ts';

const price: Price = {
  input: 4,
  output: 20,
  cacheRead: 0.2,
  cacheWrite: 5,
  asOf: '2026-09-23',
  source: 'test',
};
const limits = { contextTokens: 100_000, maxOutputTokens: 1000, price };
const { model: _, ...request } = createRequest({ maxOutputTokens: 5000 });
const usage = { inputTokens: 100, outputTokens: 10, cacheReadTokens: 1000, cacheWriteTokens: 0 };

/** A model over a scripted provider, with everything it does written down in order. */
function setUp(
  answer: ScriptedAnswer | Error,
  given: Partial<ModelOptions> & { limits?: typeof limits | object } = {},
) {
  const done: string[] = [];
  const drafts: EventDraft[] = [];
  let spent = 0;
  const add = (usd: number) => {
    spent += usd;
  };
  let time = Date.parse('2026-11-20T10:00:00Z');
  const scripted = createScriptedProvider({ answers: () => answer as ScriptedAnswer, name: 'anthropic' });
  const provider: Provider = {
    ...scripted,
    limits: () => ({ ...limits, ...given.limits }),
    chat(asked: ChatRequest, options?: CallOptions) {
      done.push(`call ${options?.label?.task} ${options?.label?.turn}`);
      time += 1500;
      if (answer instanceof Error) return Promise.reject(answer);
      return scripted.chat(asked, options);
    },
  };
  const model = createModel({
    provider,
    clock: { now: () => new Date(time), newId: () => '019aa000-0000-7000-8000-000000000000' },
    budget: { check: () => ({ ok: true }), add },
    record(draft) {
      done.push(draft.type);
      drafts.push(draft);
    },
    ...given,
  });
  return { model, done, drafts, spent: () => spent };
}

describe('a metered model', () => {
  test('records a call before it is made and what it cost after', async () => {
    const { model, done, drafts, spent } = setUp({ text: 'ok', usage });
    const response = await model.chat('implement', 3, request);
    expect(response.message.parts).toEqual([{ type: 'text', text: 'ok' }]);
    expect(done).toEqual(['AI.REQUEST.SENT', 'call implement 3', 'AI.RESPONSE.RECEIVED']);
    const tags = { provider: 'anthropic', model: 'claude-opus-5-5' };
    expect(drafts[0]).toMatchObject({ tags, data: { task: 'implement', turn: 3, messages: 1 } });
    const costUsd = (100 * 4 + 10 * 20 + 1000 * 0.2) / 1e6;
    expect(drafts[1]).toMatchObject({
      tags,
      data: { stopReason: 'end', usage, costUsd, priceAsOf: '2026-09-23', durationMs: 1500 },
    });
    expect(spent()).toBe(costUsd);
    for (const draft of drafts) checkNewEvent(toEvent(draft));
  });

  test('asks the budget about the worst case: all input cached anew, the longest answer', async () => {
    let asked = 0;
    const check = (estimate: number) => {
      asked = estimate;
      return { ok: true as const };
    };
    const { model, drafts } = setUp({ text: 'ok' }, { budget: { check, add: () => {} } });
    await model.chat('plan', 1, request);
    const tokens = Math.ceil(JSON.stringify({ ...request, model: model.name }).length / 3);
    expect(asked).toBeCloseTo((tokens * 5 + 1000 * 20) / 1e6, 8);
    expect(drafts[0]?.data).toMatchObject({ estimatedUsd: asked });
  });

  test('stops before the call when the budget has no room', async () => {
    const verdict = {
      ok: false as const,
      scope: 'issue' as const,
      limitUsd: 10,
      spentUsd: 9.99,
      neededUsd: 10.4,
    };
    const { model, done } = setUp({ text: 'ok' }, { budget: { check: () => verdict, add: () => {} } });
    const error = await catchError(model.chat('plan', 1, request));
    expect(error).toMatchObject({ code: 'BUDGET_EXCEEDED', exitCode: 3 });
    expect(error.details).toEqual({ scope: 'issue', limitUsd: 10, spentUsd: 9.99, neededUsd: 10.4 });
    expect(error.message).toContain('9.99 USD of 10.00 USD spent');
    expect(done).toEqual([]);
  });

  test('denies where nobody can say what was spent', async () => {
    const check = () => Promise.reject(new Error('the log is damaged'));
    const { model, done } = setUp({ text: 'ok' }, { budget: { check, add: () => {} } });
    expect(await catchError(model.chat('plan', 1, request))).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(done).toEqual([]);
  });

  test('refuses a model whose price is not known', async () => {
    const { model, done } = setUp({ text: 'ok' }, { limits: { price: undefined } });
    const error = await catchError(model.chat('plan', 1, request));
    expect(error).toMatchObject({ code: 'MODEL_PRICE_UNKNOWN', exitCode: 2 });
    expect(error.help).toContain('providers.anthropic.price');
    expect(done).toEqual([]);
  });

  test('counts an unknown price as the configured worst case', async () => {
    const worstCasePrice = { input: 100, output: 200, cacheRead: 100, cacheWrite: 100 };
    const { model, drafts } = setUp({ text: 'ok', usage }, { limits: { price: undefined }, worstCasePrice });
    await model.chat('plan', 1, request);
    expect(drafts[1]?.data).toMatchObject({
      costUsd: (1100 * 100 + 10 * 200) / 1e6,
      priceAsOf: 'worst case',
    });
  });

  test('believes the vendor that names the cost itself', async () => {
    const { model, drafts } = setUp({ text: 'ok', costUsd: 0.5 });
    await model.chat('plan', 1, request);
    expect(drafts[1]?.data).toMatchObject({ costUsd: 0.5, priceAsOf: 'reported by anthropic' });
  });

  test.each([
    ['a refused request', new TammaError('PROVIDER_INVALID_REQUEST', 'no'), 0],
    [
      'an answer cut off half-way',
      new TammaError('PROVIDER_STREAM_BROKEN', 'cut', { details: { usage } }),
      0.0008,
    ],
  ])('records what %s cost', async (_, failure, costUsd) => {
    const { model, done, drafts, spent } = setUp(failure);
    expect(await catchError(model.chat('plan', 1, request))).toBe(failure);
    expect(done).toEqual(['AI.REQUEST.SENT', 'call plan 1', 'AI.REQUEST.FAILED']);
    expect(drafts[1]?.data).toMatchObject({
      code: failure.code,
      message: failure.message,
      tries: 1,
      costUsd,
    });
    expect(spent()).toBe(costUsd);
    checkNewEvent(toEvent(drafts[1] as EventDraft));
  });

  test('counts a broken stream of unknown size as the whole request', async () => {
    const { model, spent } = setUp(new TammaError('PROVIDER_STREAM_BROKEN', 'cut'));
    await catchError(model.chat('plan', 1, request));
    const tokens = Math.ceil(JSON.stringify({ ...request, model: model.name }).length / 3);
    expect(spent()).toBeCloseTo((tokens * 5) / 1e6, 8);
  });

  test('adds what failed tries cost to the answer that came at last', async () => {
    const failures = [new TammaError('PROVIDER_STREAM_BROKEN', 'cut', { details: { usage } }), undefined];
    const scripted = createScriptedProvider({ answers: () => ({ text: 'ok', usage }) });
    const flaky: Provider = {
      ...scripted,
      limits: () => limits,
      chat(asked, options) {
        const failure = failures.shift();
        return failure ? Promise.reject(failure) : scripted.chat(asked, options);
      },
    };
    const provider = createRetryingProvider(flaky, { sleep: () => Promise.resolve() });
    const { model, drafts } = setUp({}, { provider });
    await model.chat('plan', 1, request);
    expect(drafts.map(({ type }) => type)).toEqual(['AI.REQUEST.SENT', 'AI.RESPONSE.RECEIVED']);
    expect(drafts[1]?.data).toMatchObject({ costUsd: 0.0016, usage });
  });

  test('a stopped run leaves a record and its worst cost', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped');
    const { model, drafts, spent } = setUp(
      { text: 'ok' },
      { signal: controller.signal, onText: () => controller.abort(reason) },
    );
    await expect(model.chat('plan', 1, request)).rejects.toBe(reason);
    expect(drafts[1]?.data).toMatchObject({ code: 'ABORTED' });
    expect(spent()).toBeGreaterThan(0);
    await expect(model.chat('plan', 2, request)).rejects.toBe(reason);
    expect(drafts).toHaveLength(2);
  });

  test('asks nothing that could not be recorded', async () => {
    const record = () => Promise.reject(new TammaError('LOG_DISK_FULL', 'no space'));
    const { model, done } = setUp({ text: 'ok' }, { record });
    expect(await catchError(model.chat('plan', 1, request))).toMatchObject({ code: 'LOG_DISK_FULL' });
    expect(done).toEqual([]);
  });
});

/** A draft as the runner makes an event of it: the schemas of the catalogue must take it. */
function toEvent(draft: EventDraft) {
  return {
    ...draft,
    id: '019aa000-0000-7000-8000-000000000000',
    timestamp: '2026-11-20T10:00:00.000Z',
    tags: draft.tags ?? {},
    metadata: {
      schemaVersion: 1,
      workflowVersion: '1',
      eventSource: 'system',
      actor: { kind: 'system', id: 'tamma', login: 'tamma' },
      correlationId: 'c',
    },
  } as Parameters<typeof checkNewEvent>[0];
}
