import type { EventData } from '../events/catalogue.ts';
import { isStepId } from '../loop.ts';
import type { Folds } from './fold.ts';
import { activate, advance, clearFailures, isOver, withStep } from './transitions.ts';
import type { LoopState } from './types.ts';

/** The course of the loop: which step, whose turn, how often it failed, what it cost, and when it is over. */
export const workflowFolds = {
  'AI.RESPONSE.RECEIVED': (state, { data, tags }) => addCost(state, data.costUsd, tags.stepId),
  'AI.REQUEST.FAILED': (state, { data, tags }) => addCost(state, data.costUsd, tags.stepId),
  'BUDGET.EXCEEDED': (_, { data }) => ({ budgetExceeded: data }),
  'ESCALATION.TRIGGERED': (state, { data, timestamp }) => ({
    escalation: { ...data, since: timestamp },
    status: isOver(state) ? state.status : 'escalated',
    wait: null,
    claim: null,
  }),
  'ESCALATION.RESOLVED': (state, { data }) =>
    data.command === 'retry' || data.command === 'skip'
      ? { ...clearFailures(state), ...activate(state) }
      : { escalation: null },
  'WORKFLOW.STEP_STARTED': (state, event) => {
    const { stepId, run, holder, leaseUntil } = event.data;
    const runId = state.wait?.stepId === stepId ? state.runId : holder.runId;
    return {
      status: 'active',
      cursor: stepId,
      wait: null,
      deaths: state.claim?.stepId === stepId ? state.deaths + 1 : 0,
      claim: { stepId, run, holder, leaseUntil, position: event.position, startedAt: event.timestamp },
      runId,
      steps: withStep(state, stepId, { status: 'running', runs: run, runId }),
    };
  },
  'WORKFLOW.STEP_COMPLETED': (state, { data }) =>
    data.outcome === 'completed'
      ? { ...advance(state, data.stepId, data.summary, data.durationMs), stepErrors: null }
      : {
          claim: null,
          stepErrors: null,
          putOff: null,
          cursor: state.outdated ? 'CONTEXT_GATHERING' : 'CODE_GENERATION',
          steps: withStep(state, data.stepId, {
            status: 'gate-failed',
            summary: data.summary,
            durationMs: state.steps[data.stepId].durationMs + data.durationMs,
          }),
        },
  'WORKFLOW.STEP_FAILED': (state, { data }) => ({
    claim: null,
    putOff: null,
    stepErrors: {
      stepId: data.stepId,
      count:
        (state.stepErrors?.stepId === data.stepId ? state.stepErrors.count : 0) +
        (isOfNoCount(data.code) ? 0 : 1),
      last: data,
    },
    steps: withStep(state, data.stepId, {
      status: 'failed',
      summary: data.message,
      durationMs: state.steps[data.stepId].durationMs + data.durationMs,
    }),
  }),
  'WORKFLOW.STEP_SKIPPED': (state, { data }) => advance(state, data.stepId, data.reason, 0, 'skipped'),
  'WORKFLOW.WAITING': (state, { data, timestamp }) => ({
    status: isOver(state) ? state.status : 'waiting',
    claim: null,
    putOff: toPutOff(state, data, timestamp),
    wait: {
      stepId: data.stepId,
      for: data.for,
      since: timestamp,
      command: data.command ?? null,
      until: data.until ?? null,
    },
    steps: withStep(state, data.stepId, {
      status: 'waiting',
      summary: data.reason ?? `waiting for ${data.for}`,
      durationMs: state.steps[data.stepId].durationMs + data.durationMs,
    }),
  }),
  'WORKFLOW.RESUMED': (state, { data }) => ({
    ...clearFailures(state),
    ...activate(state),
    ...(data.head && data.head.sha !== state.head?.sha
      ? {
          head: data.head,
          cursor: 'BUILD_VALIDATION' as const,
          frozenTests: {},
          redHead: data.head.sha,
          implemented: true,
          passedGates: {},
        }
      : {}),
  }),
  'WORKFLOW.TAKEN_OVER': () => ({ status: 'taken-over', claim: null, wait: null }),
  'WORKFLOW.CANCELLED': () => ({ status: 'stopped', claim: null, wait: null }),
  'WORKFLOW.COMPLETED': () => ({ status: 'done', claim: null, wait: null, escalation: null }),
} as const satisfies Folds;

/** The first time counts for as long as nothing else becomes of the step. */
function toPutOff(
  { putOff }: LoopState,
  { stepId, for: what, reason = '' }: EventData['WORKFLOW.WAITING'],
  timestamp: string,
): LoopState['putOff'] {
  if (what !== 'platform') return null;
  return { stepId, reason, since: putOff?.stepId === stepId ? putOff.since : timestamp };
}

/** Stopped from outside: says nothing about the step. */
function isOfNoCount(code: string): boolean {
  return code === 'INTERRUPTED' || code === 'CHECKOUT_DIRTY';
}

function addCost(state: LoopState, costUsd: number, stepId = ''): Partial<LoopState> {
  const total = { costUsd: addUsd(state.costUsd, costUsd) };
  if (!isStepId(stepId)) return total;
  return {
    ...total,
    steps: withStep(state, stepId, { costUsd: addUsd(state.steps[stepId].costUsd, costUsd) }),
  };
}

/** Sums of dollars are kept to the millionth: floating point must not make two folds of one log differ in print. */
function addUsd(sum: number, more: number): number {
  return Math.round((sum + more) * 1e6) / 1e6;
}
