import type { EventDraft } from '../core/events/event.ts';
import type { StepId } from '../core/loop.ts';
import { checkBudget } from '../core/policies/budget.ts';
import type { LoopState } from '../core/state.ts';
import type { Model } from '../ports/step.ts';
import { type Budget, createModel } from '../providers/metered.ts';
import { createRetryingProvider } from '../providers/retrying.ts';
import { type EventFrame, fillEvent, TAMMA } from './fill-events.ts';
import type { Runtime } from './runtime.ts';
import { readSpending } from './spending.ts';
import type { Spool } from './spool.ts';

type StepModelOptions = { state: LoopState; stepId: StepId; frame: EventFrame; spool: Spool | undefined };

/** The model of a step: retried, within the budget, every call on disk before it is made. */
export async function createStepModel(
  runtime: Runtime,
  { state, stepId, frame, spool }: StepModelOptions,
): Promise<Model> {
  const { clock, signal, config } = runtime;
  const inner = await runtime.provider(stepId);
  const provider = createRetryingProvider(inner, { signal });
  return createModel({
    provider,
    budget: createBudget(runtime, state),
    worstCasePrice: config.providers[inner.name]?.worstCasePrice,
    record: (draft: EventDraft) =>
      spool?.record(fillEvent(draft, { ...frame, actor: toActor(draft, inner.model) })),
    ...(spool ? { keep: runtime.keep } : {}),
    clock,
    signal,
  });
}

/** What a model said is said by the model; that it was asked, by Tamma. */
function toActor(draft: EventDraft, model: string): EventFrame['actor'] {
  return draft.type === 'AI.RESPONSE.RECEIVED' ? { kind: 'ai', id: model, login: model } : TAMMA;
}

/** The budgets of the configuration against what the log and this run have spent. Days are read on the first call only. */
function createBudget({ config, projections, clock, host }: Runtime, state: LoopState): Budget {
  let inThisRun = 0;
  let earlier: ReturnType<typeof readSpending> | undefined;
  return {
    async check(estimateUsd) {
      earlier ??= readSpending(projections, clock.now());
      const { day, month } = await earlier;
      const spent = {
        step: inThisRun,
        issue: state.costUsd + inThisRun,
        day: day + inThisRun,
        month: month + inThisRun,
      };
      return checkBudget({ budget: config.budget, spent, estimateUsd });
    },
    add(costUsd) {
      inThisRun += costUsd;
      host.report({ kind: 'cost', addedUsd: costUsd, issueUsd: state.costUsd + inThisRun });
    },
  };
}
