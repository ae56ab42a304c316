import { sha256 } from '../core/digest.ts';
import { TammaError, toTammaError } from '../core/errors.ts';
import type { Tags } from '../core/events/envelope.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import type { KeepContent } from '../ports/content-store.ts';
import type { Clock } from '../ports/host.ts';
import type { ChatRequest, ChatResponse, Price, Provider, Rates } from '../ports/provider.ts';
import type { Model } from '../ports/step.ts';
import { type BudgetVerdict, demandBudget } from './budget-guard.ts';
import { billedUsd, estimateWorstCase } from './call-cost.ts';
import { type CallKeeper, createCallKeeper } from './kept-calls.ts';
import { costOf } from './prices.ts';

export type Budget = {
  /** Whether there is room for a call that costs this much, in US dollars. Throwing denies the call. */
  check(estimateUsd: number): BudgetVerdict | Promise<BudgetVerdict>;
  /** Told once per call what it cost, also where it failed. */
  add(costUsd: number): void;
};

export type ModelOptions = {
  /** With its retries around it: one request of ours may be several of its tries. */
  provider: Provider;
  budget: Budget;
  /** What a model without a known price counts as; without it such a model is refused. */
  worstCasePrice?: Rates | undefined;
  /** Must be durable when it returns: nothing is asked that is not on record. */
  record(draft: EventDraft): void | Promise<void>;
  /** Keeps prompts and answers; default: nobody does. */
  keep?: KeepContent;
  clock: Clock;
  signal?: AbortSignal;
  onText?: (delta: string) => void;
};

type Call = {
  requestId: string;
  task: string;
  turn: number;
  tags: Tags;
  price: Price;
  worstInputUsd: number;
};

/**
 * A provider as steps see it: the worst case is checked against the budget before every call, and every call leaves
 * AI.REQUEST.SENT and one of AI.RESPONSE.RECEIVED or AI.REQUEST.FAILED. Throws MODEL_PRICE_UNKNOWN and BUDGET_EXCEEDED
 * before the call, the provider's errors after it.
 */
export function createModel(options: ModelOptions): Model {
  const { provider, budget, clock, record, signal, onText } = options;
  const limits = provider.limits();
  const keeper = createCallKeeper(options.keep);
  return {
    name: provider.model,
    limits,
    async chat(task, turn, draft) {
      signal?.throwIfAborted();
      const request: ChatRequest = { ...draft, model: provider.model };
      const text = JSON.stringify(request);
      const price = getPrice(options);
      const worst = estimateWorstCase(text, price, Math.min(draft.maxOutputTokens, limits.maxOutputTokens));
      await demandBudget(budget, worst.wholeUsd, task);
      const tags = { provider: provider.name, model: provider.model.slice(0, 200) };
      const call: Call = { requestId: clock.newId(), task, turn, tags, price, worstInputUsd: worst.inputUsd };
      const facts = {
        requestDigest: sha256(text),
        messages: request.messages.length,
        estimatedUsd: worst.wholeUsd,
        ...(await keeper.prompt(request)),
      };
      await record(toSentDraft(call, facts));
      return ask(request, call, { provider, budget, clock, record, keeper, signal, onText });
    },
  };
}

type AskOptions = Pick<ModelOptions, 'provider' | 'budget' | 'clock' | 'record'> & {
  keeper: CallKeeper;
  signal: AbortSignal | undefined;
  onText: ModelOptions['onText'];
};

async function ask(request: ChatRequest, call: Call, options: AskOptions): Promise<ChatResponse> {
  const { provider, budget, clock, record, keeper, signal, onText } = options;
  const startedAt = clock.now().getTime();
  const failures: unknown[] = [];
  const sumFailures = () =>
    failures.reduce((sum: number, error) => sum + billedUsd(error, call.price, call.worstInputUsd), 0);
  let response: ChatResponse;
  try {
    response = await provider.chat(request, {
      label: { task: call.task, turn: call.turn },
      onFailedTry: (error) => failures.push(error),
      ...(signal ? { signal } : {}),
      ...(onText ? { onText } : {}),
    });
  } catch (thrown) {
    failures.push(thrown);
    const costUsd = sumFailures();
    budget.add(costUsd);
    const tries = failures.length;
    await record(toFailedDraft(call, { ...describeFailure(thrown, signal), tries, costUsd }));
    throw thrown;
  }
  const costUsd = sumFailures() + (response.costUsd ?? costOf(response.usage, call.price));
  budget.add(costUsd);
  const durationMs = Math.max(0, clock.now().getTime() - startedAt);
  const kept = await keeper.answer(response.message);
  await record(toReceivedDraft(response, call, { costUsd, durationMs, vendor: provider.vendor, kept }));
  return response;
}

function getPrice({ provider, worstCasePrice }: ModelOptions): Price {
  const price = provider.limits().price;
  if (price) return price;
  if (worstCasePrice) return { ...worstCasePrice, asOf: 'worst case', source: 'configuration' };
  throw new TammaError(
    'MODEL_PRICE_UNKNOWN',
    `the price of ${provider.model} at ${provider.name} is not known`,
    {
      help: `Give providers.${provider.name}.price (or worstCasePrice) so that the budget can be kept.`,
    },
  );
}

function toSentDraft(
  { requestId, task, turn, tags }: Call,
  facts: { requestDigest: string; messages: number; estimatedUsd: number; content?: string },
): EventDraft {
  return createDraft('AI.REQUEST.SENT', { requestId, task, turn, ...facts }, tags);
}

function describeFailure(
  thrown: unknown,
  signal: AbortSignal | undefined,
): { code: string; message: string } {
  if (signal?.aborted) return { code: 'ABORTED', message: 'the run was stopped during the call' };
  const { code, message } = toTammaError(thrown);
  return { code, message: message.slice(0, 500) };
}

function toFailedDraft(
  { requestId, task, turn, tags }: Call,
  failure: { code: string; message: string; tries: number; costUsd: number },
): EventDraft {
  return createDraft('AI.REQUEST.FAILED', { requestId, task, turn, ...failure }, tags);
}

type ReceivedFacts = { costUsd: number; durationMs: number; vendor: string; kept: { content?: string } };

function toReceivedDraft(
  response: ChatResponse,
  { requestId, task, turn, tags, price }: Call,
  { costUsd, durationMs, vendor, kept }: ReceivedFacts,
): EventDraft {
  const { stopReason, usage, message } = response;
  const priceAsOf = response.costUsd === undefined ? price.asOf : `reported by ${vendor}`;
  const responseDigest = sha256(JSON.stringify(message));
  const data = { requestId, task, turn, responseDigest, stopReason, usage, costUsd, priceAsOf, durationMs };
  return createDraft('AI.RESPONSE.RECEIVED', { ...data, ...kept }, tags);
}
