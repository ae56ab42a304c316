import type { EventData } from './events/catalogue.ts';
import { type GateId, gates, getRow, loop, type StepId } from './loop.ts';
import type { LoopOutline } from './state.ts';

export type EscalationReason = EventData['ESCALATION.TRIGGERED']['reason'];

/** What comes next for one issue, and why: `because` is what a reader of the log is told. */
export type Decision =
  | { kind: 'run'; stepId: StepId; run: number; because: string }
  | { kind: 'held'; stepId: StepId; holder: string; until: string; because: string }
  | { kind: 'wait'; stepId: StepId; for: string; command: string | null; because: string }
  | { kind: 'escalate'; stepId: StepId; gateId: GateId | null; reason: EscalationReason; because: string }
  | { kind: 'stop'; status: 'done' | 'escalated' | 'stopped' | 'taken-over'; because: string };

export type DecideOptions = {
  now: Date;
  maxAttempts: number;
  /** Whether the holder of the present claim still works: told by the host, or by the lease where it cannot tell. */
  claimIsLive: boolean;
};

/** A step that threw this often in a row is a person's business. */
export const MAX_STEP_ERRORS = 3;

/** A step whose runs died this often in a row would die again. More than errors: a machine may be lost for no reason of ours. */
export const MAX_STEP_DEATHS = 5;

/** A platform that is never ready for a step; rules that people fulfil may take a weekend. */
const LONGEST_PUT_OFF_HOURS = 72;

/**
 * What to do next, from the state alone. Total: every state that can be reached has an answer, and every answer that
 * is no exit names the step or the command that leads on.
 */
export function decide(state: LoopOutline, options: DecideOptions): Decision {
  return (
    decideOver(state) ??
    decideClaimed(state, options) ??
    decideStuck(state, options) ??
    decidePutOff(state, options) ??
    decideWait(state, options) ??
    run(state)
  );
}

function decideOver(state: LoopOutline): Decision | undefined {
  switch (state.status) {
    case 'done':
      return { kind: 'stop', status: 'done', because: 'the change is merged and the issue is closed' };
    case 'stopped':
      return { kind: 'stop', status: 'stopped', because: 'a person stopped it; `tamma resume` goes on' };
    case 'taken-over':
      return {
        kind: 'stop',
        status: 'taken-over',
        because: 'a person has taken it over; `tamma resume` gives it back',
      };
    case 'escalated':
      return {
        kind: 'stop',
        status: 'escalated',
        because: `a person is asked: ${state.escalation?.summary ?? 'see the log'}`,
      };
    default:
      return undefined;
  }
}

function decideClaimed({ claim }: LoopOutline, { claimIsLive }: DecideOptions): Decision | undefined {
  if (!claim || !claimIsLive) return undefined;
  const holder = `run ${claim.holder.runId} on ${claim.holder.host} (process ${claim.holder.pid})`;
  return {
    kind: 'held',
    stepId: claim.stepId,
    holder,
    until: claim.leaseUntil,
    because: `${holder} holds ${claim.stepId} since ${claim.startedAt}`,
  };
}

/** The brakes: no progress, no attempts left, a step that only throws, no money. */
function decideStuck(state: LoopOutline, { maxAttempts }: DecideOptions): Decision | undefined {
  const newest = state.failures.at(-1);
  if (state.budgetExceeded) {
    const { scope, limitUsd } = state.budgetExceeded;
    return escalate(state.cursor, null, 'budget', `the budget of ${limitUsd} USD per ${scope} is used up`);
  }
  if (state.handOver) return escalate(state.cursor, null, state.handOver.reason, state.handOver.summary);
  if (state.stuck && newest) {
    const because = `${describeGate(newest.gateId)} failed the same way on the same files again`;
    return escalate(gates[newest.gateId], newest.gateId, 'no-progress', because);
  }
  for (const failure of state.failures) {
    const attempts = state.failedAttempts[failure.gateId] ?? 0;
    if (attempts < maxAttempts) continue;
    const because = `${describeGate(failure.gateId)} failed ${attempts} times: ${newest?.report.summary ?? ''}`;
    return escalate(gates[failure.gateId], failure.gateId, 'attempts-exhausted', because);
  }
  if (state.stepErrors && state.stepErrors.count >= MAX_STEP_ERRORS) {
    const { stepId, count, last } = state.stepErrors;
    return escalate(
      stepId,
      null,
      'step-keeps-failing',
      `${stepId} could not run ${count} times: ${last.message}`,
    );
  }
  if (state.claim && state.deaths + 1 >= MAX_STEP_DEATHS) {
    const because = `${state.claim.stepId} was cut off ${state.deaths + 1} times in a row: killed, or out of time`;
    return escalate(state.claim.stepId, null, 'step-keeps-failing', because);
  }
  return undefined;
}

function decideWait({ wait }: LoopOutline, { now }: DecideOptions): Decision | undefined {
  if (!wait) return undefined;
  const isOverdue = wait.until !== null && now.toISOString() > wait.until;
  if (wait.for === 'approval' && isOverdue) {
    return escalate(wait.stepId, null, 'approval-expired', `nobody approved before ${wait.until}`);
  }
  // Looked at again by running the step.
  if (wait.for === 'ci' || wait.for === 'deployment' || wait.for === 'platform') return undefined;
  return {
    kind: 'wait',
    stepId: wait.stepId,
    for: wait.for,
    command: wait.command,
    because: `waiting for ${wait.for} since ${wait.since}`,
  };
}

/** The platform asked to come back later. That it does so without end is a person's business. */
function decidePutOff({ wait, putOff }: LoopOutline, { now }: DecideOptions): Decision | undefined {
  if (wait?.for !== 'platform') return undefined;
  const { stepId, until } = wait;
  const since = putOff?.since ?? wait.since;
  if (now.getTime() - Date.parse(since) > LONGEST_PUT_OFF_HOURS * 3_600_000) {
    const because = `the platform has put ${stepId} off since ${since}: ${putOff?.reason ?? ''}`;
    return escalate(stepId, null, 'step-keeps-failing', because);
  }
  if (until === null || now.toISOString() > until) return undefined; // it may be asked again
  const because = `the platform asked to come back after ${until}: ${putOff?.reason ?? ''}`;
  return { kind: 'wait', stepId, for: 'platform', command: null, because: because.slice(0, 500) };
}

function run(state: LoopOutline): Decision {
  const record = state.steps[state.cursor];
  return { kind: 'run', stepId: state.cursor, run: record.runs + 1, because: explainRun(state) };
}

function explainRun(state: LoopOutline): string {
  const newest = state.failures.at(-1);
  if (state.claim) return `the run that held ${state.claim.stepId} is gone; it starts again`;
  if (state.stepErrors?.stepId === state.cursor)
    return `try ${state.stepErrors.count + 1} after: ${state.stepErrors.last.message}`.slice(0, 500);
  if (state.cursor === 'CODE_GENERATION' && newest) {
    return `${describeGate(newest.gateId)} failed (attempt ${newest.attempt}): repair it`;
  }
  if (state.status === 'new') return 'nothing is known of this issue yet: begin';
  const before = loop[loop.findIndex((row) => row.id === state.cursor) - 1];
  if (!before) return 'it is the first step';
  return `“${before.title}” is ${state.steps[before.id].status === 'skipped' ? 'skipped' : 'done'}`;
}

function escalate(
  stepId: StepId,
  gateId: GateId | null,
  reason: EscalationReason,
  because: string,
): Decision {
  return { kind: 'escalate', stepId, gateId, reason, because: because.slice(0, 500) };
}

function describeGate(gateId: GateId): string {
  return `the ${gateId} gate`;
}

/** The commands that answer an escalation, for people to copy. */
export function listAnswers(issue: number, decision: Extract<Decision, { kind: 'escalate' }>): string[] {
  const row = getRow(decision.stepId);
  return [
    `tamma retry --issue ${issue}`,
    `tamma resume --issue ${issue}`,
    ...(row.skippable ? [`tamma skip ${row.id} --issue ${issue}`] : []),
    `tamma take-over --issue ${issue}`,
    `tamma stop --issue ${issue}`,
  ];
}
