import { findNextStep, type StepId } from '../loop.ts';
import type { LoopState, StepRecord } from './types.ts';

/** Changes of the state that several events share. */

/** Finished, stopped or in a person's hands: what a late event of a run says cannot wake it up again. */
export function isOver(state: LoopState): boolean {
  return state.status === 'done' || state.status === 'stopped' || state.status === 'taken-over';
}

export function advance(
  state: LoopState,
  stepId: StepId,
  summary: string,
  durationMs = 0,
  status: 'completed' | 'skipped' = 'completed',
): Partial<LoopState> {
  return {
    claim: null,
    wait: null,
    putOff: null,
    status: isOver(state) ? state.status : 'active',
    cursor: findNextStep(stepId) ?? stepId,
    steps: withStep(state, stepId, {
      status,
      summary,
      durationMs: state.steps[stepId].durationMs + durationMs,
    }),
  };
}

export function activate(state: LoopState): Partial<LoopState> {
  return state.status === 'done' ? {} : { status: 'active', escalation: null, wait: null, claim: null };
}

/** A person looked at it: what was counted against the loop so far no longer is. The newest report stays to be repaired. */
export function clearFailures(state: LoopState): Partial<LoopState> {
  return {
    failedAttempts: {},
    failures: state.failures.slice(-1),
    stuck: false,
    handOver: null,
    stepErrors: null,
    putOff: null,
    deaths: 0,
    budgetExceeded: null,
  };
}

export function withStep(
  state: LoopState,
  stepId: StepId,
  change: Partial<StepRecord>,
): Record<StepId, StepRecord> {
  return { ...state.steps, [stepId]: { ...state.steps[stepId], ...change } };
}
