import type { Decision } from '../core/decide.ts';
import type { TammaError } from '../core/errors.ts';
import type { Intent } from '../core/intents.ts';
import type { LoopState } from '../core/state.ts';
import type { StepOutcome } from '../ports/step.ts';
import type { RunStatus, StepReport } from './reports.ts';

type ReportParts = {
  issue: number;
  state: LoopState;
  decision: Decision;
  durationMs: number;
  outcome?: StepOutcome;
  error?: TammaError | null;
  intents?: readonly Intent[];
};

/** What one call of a step came to, for outputs, summaries and exit codes. */
export function toReport({
  issue,
  state,
  decision,
  durationMs,
  outcome,
  error: thrown = null,
  intents = [],
}: ReportParts): StepReport {
  // The step threw and the platform asked for it: that is on record as a wait.
  const error = state.wait?.for === 'platform' ? null : thrown;
  const status = statusOf(state, decision, error);
  const ran = decision.kind === 'run' && (outcome !== undefined || thrown !== null);
  return {
    status,
    progressed: ran && error === null && state.status === 'active',
    step: ran ? decision.stepId : null,
    nextStep: state.status === 'active' || state.status === 'new' ? state.cursor : null,
    issue,
    summary: thrown?.message ?? (outcome ? summaryOf(outcome) : decision.because),
    decision,
    state,
    durationMs,
    error,
    intents,
  };
}

function statusOf(state: LoopState, decision: Decision, error: TammaError | null): RunStatus {
  if (state.status === 'escalated') return 'escalated';
  if (error) return 'failed';
  if (state.status === 'waiting') return 'waiting';
  if (decision.kind === 'held' || decision.kind === 'stop')
    return decision.kind === 'stop' && decision.status === 'done' ? 'done' : 'idle';
  return 'done';
}

function summaryOf(outcome: StepOutcome): string {
  if (outcome.status === 'skipped') return outcome.reason;
  if (outcome.status === 'failed') return outcome.error.message;
  return outcome.summary;
}
