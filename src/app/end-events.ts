import type { Decision } from '../core/decide.ts';
import type { TammaError } from '../core/errors.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import { findNextStep, type StepId } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import type { StepOutcome } from '../ports/step.ts';
import type { ClaimedStep } from './claim.ts';
import { findPutOff, putOffEvent } from './put-off.ts';

type RunDecision = Extract<Decision, { kind: 'run' }>;

/** How a step ended, as events; the last step's end also ends the loop. */
export function endEvents(
  outcome: StepOutcome,
  { stepId, run }: RunDecision,
  claim: ClaimedStep,
  durationMs: number,
): EventDraft[] {
  switch (outcome.status) {
    case 'completed':
    case 'gate-failed':
      return [
        createDraft('WORKFLOW.STEP_COMPLETED', {
          stepId,
          run,
          outcome: outcome.status,
          summary: outcome.summary.slice(0, 500),
          durationMs,
        }),
        ...(outcome.status === 'completed' ? completionEvents(claim.state, stepId, outcome.summary) : []),
      ];
    case 'skipped':
      return [
        createDraft('WORKFLOW.STEP_SKIPPED', { stepId, run, reason: outcome.reason.slice(0, 500) }),
        ...completionEvents(claim.state, stepId, outcome.reason),
      ];
    case 'waiting':
      return [
        createDraft('WORKFLOW.WAITING', {
          stepId,
          run,
          for: outcome.for,
          durationMs,
          ...(outcome.command ? { command: outcome.command } : {}),
          ...(outcome.until ? { until: outcome.until } : {}),
        }),
      ];
    case 'failed':
      return failureEvents(outcome.error, claim, durationMs, (text) => text);
  }
}

/**
 * A step that threw, as events. A spent budget is recorded as such: the loop waits for a person then. What the platform
 * asks us to come back for is a wait.
 */
export function failureEvents(
  error: TammaError,
  { decision: { stepId, run }, frame }: ClaimedStep,
  durationMs: number,
  redact: (text: string) => string,
): EventDraft[] {
  const putOff = findPutOff(error, frame.clock.now());
  if (putOff) {
    return [putOffEvent({ stepId, run, ...putOff, reason: redact(error.message), durationMs })];
  }
  const failed = createDraft('WORKFLOW.STEP_FAILED', {
    stepId,
    run,
    code: error.code,
    message: redact(error.message).slice(0, 2000),
    help: error.help.slice(0, 500),
    retryable: error.retryable,
    durationMs,
  });
  return error.code === 'BUDGET_EXCEEDED' ? [budgetEvent(error), failed] : [failed];
}

function budgetEvent({ details }: TammaError): EventDraft {
  const amount = (key: string) => (typeof details[key] === 'number' ? details[key] : 0);
  const scope = details.scope;
  return createDraft('BUDGET.EXCEEDED', {
    scope: scope === 'step' || scope === 'day' || scope === 'month' ? scope : 'issue',
    limitUsd: amount('limitUsd'),
    spentUsd: amount('spentUsd'),
    neededUsd: amount('neededUsd'),
  });
}

/** The end of the loop, where this step is its last and the change is merged. */
export function completionEvents(state: LoopState, stepId: StepId, summary: string): EventDraft[] {
  if (findNextStep(stepId) || !state.issue || !state.mergeSha) return [];
  return [
    createDraft('WORKFLOW.COMPLETED', {
      issue: state.issue.number,
      mergeSha: state.mergeSha,
      costUsd: state.costUsd,
      steps: Object.values(state.steps).filter((step) => step.runs > 0).length,
      summary: summary.slice(0, 500),
    }),
  ];
}
