import { TammaError, toTammaError } from '../../core/errors.ts';
import { createDraft, type EventDraft } from '../../core/events/event.ts';
import { isIrreversible } from '../../core/intents.ts';
import { foldDrafts, type LoopState } from '../../core/state.ts';
import type { StepOutcome } from '../../ports/step.ts';
import { decideHere, mandateOf } from '../claim.ts';
import { endEvents, failureEvents } from '../end-events.ts';
import { recordEscalation, withEscalation } from '../escalate.ts';
import { fillEvents } from '../fill-events.ts';
import { removePendingOutcome } from '../pending-outcome.ts';
import { publishOutcome } from '../publish-outcome.ts';
import { readState } from '../read-state.ts';
import { isUnrecorded } from '../record-events.ts';
import type { StepReport } from '../reports.ts';
import type { Runtime } from '../runtime.ts';
import { toReport } from '../step-report.ts';
import { withSticky } from '../sticky.ts';
import { appendHeld, giveUp, type HeldStep, hasMandate, lostClaim, type Spooled } from './held-step.ts';

/** Publishes what the step wants, then records what really happened, as one batch. */
export async function finishStep(
  runtime: Runtime,
  held: HeldStep,
  { outcome, spool }: { outcome: StepOutcome; spool: Spooled },
): Promise<StepReport> {
  const { issue, claim, durationMs } = held;
  const { decision, frame } = claim;
  const ended = endEvents(outcome, decision, claim, durationMs());
  // In the order of the record below: what models cost stands in the comment that is written before it.
  const coming = [...spool.events(), ...outcome.events, ...ended];
  const ahead = foldDrafts(claim.state, coming, runtime.clock.now());
  const whole = withEscalation(runtime, { issue, outcome, ended, ahead });

  if (!(await mayPublish(runtime, held, whole.intents))) return giveUp(runtime, held, spool);
  const published = await publishOutcome(runtime, { issue, state: claim.state, intents: whole.intents });
  if (published.status === 'blocked') {
    // The world is not as the work took it to be: the next run must look at it again.
    removePendingOutcome(runtime.repository.stateDirectory, issue);
    const error = new TammaError(published.code, published.reason);
    return recordFailure(runtime, held, { error, spool, happened: published.events });
  }
  const drafts = [...outcome.events, ...published.events, ...whole.ended];
  const appended = await appendHeld(runtime, held, [...spool.events(), ...fillEvents(drafts, frame)]);
  if (appended === 'conflict') return lostClaim(runtime, held);
  spool.remove();
  removePendingOutcome(runtime.repository.stateDirectory, issue);

  const state = await readState(runtime.store, issue, { asSeen: true });
  const error = outcome.status === 'failed' ? outcome.error : null;
  return toReport({ issue, state, decision, durationMs: durationMs(), outcome, error });
}

type Failure = { error: TammaError; spool: Spooled; happened?: readonly EventDraft[] };

/** A step that did not come to an outcome, or whose outcome could not be published. */
export async function recordFailure(
  runtime: Runtime,
  held: HeldStep,
  { error, spool, happened = [] }: Failure,
): Promise<StepReport> {
  const { issue, claim, durationMs } = held;
  const isLogError = isUnrecorded(error);
  // What was refused would be refused again: the next run works anew.
  if (!isLogError && !error.retryable) removePendingOutcome(runtime.repository.stateDirectory, issue);
  if (!isLogError) {
    const drafts = [...happened, ...failureEvents(error, claim, durationMs(), runtime.redactor.redact)];
    const appended = await appendHeld(runtime, held, [...spool.events(), ...fillEvents(drafts, claim.frame)]);
    if (appended === 'conflict') return lostClaim(runtime, held);
    spool.remove();
  }
  const state = isLogError ? claim.state : await escalateIfStuck(runtime, held);
  if (error.code === 'PLATFORM_PENDING') await tellPutOff(runtime, { issue, before: claim.state, state });
  return toReport({ issue, state, decision: claim.decision, durationMs: durationMs(), error });
}

type PutOffTurn = { issue: number; before: LoopState; state: LoopState };

/**
 * What the platform is at with the step, once for each reason of its own: not while it limits our rate, and not whenever
 * somebody looks again.
 */
async function tellPutOff(runtime: Runtime, { issue, before, state }: PutOffTurn): Promise<void> {
  const isTold =
    before.putOff?.stepId === state.putOff?.stepId && before.putOff?.reason === state.putOff?.reason;
  if (state.wait?.for !== 'platform' || isTold) return;
  const intents = withSticky(runtime, { issue, ahead: state, intents: [] });
  try {
    await publishOutcome(runtime, { issue, state, intents });
  } catch (thrown) {
    // The wait is on record, which is what counts; the log and `tamma status` tell of it meanwhile.
    const text = `the comment on #${issue} could not be brought up to date: ${toTammaError(thrown).message}`;
    runtime.host.report({ kind: 'note', level: 'warning', text: runtime.redactor.redact(text) });
  }
}

/** What breaks because the run was asked to stop says nothing about the step. */
export function toStepError(thrown: unknown, signal: AbortSignal): TammaError {
  const error = toTammaError(thrown);
  if (error.details.journal !== undefined) return error;
  const isOfStop = signal.aborted && (error.retryable || error.code === 'UNEXPECTED');
  return isOfStop
    ? new TammaError('INTERRUPTED', 'the run was asked to stop before the step ended', { cause: thrown })
    : error;
}

/** A failure that leaves nothing to try calls for a person at once, not when the next run comes. */
async function escalateIfStuck(runtime: Runtime, { issue, durationMs }: HeldStep): Promise<LoopState> {
  const state = await readState(runtime.store, issue, { asSeen: true });
  const decision = decideHere(runtime, state);
  if (decision.kind !== 'escalate') return state;
  try {
    return (await recordEscalation(runtime, { issue, state, decision, durationMs })).state;
  } catch {
    return state; // what kept the step from its end may keep this from being told: the next run comes here again
  }
}

/**
 * The last look before anything is written: the claim must still be ours, and no person may have said stop. An effect
 * nobody can take back is put on record with it, before it happens.
 */
async function mayPublish(
  runtime: Runtime,
  held: HeldStep,
  intents: StepOutcome['intents'],
): Promise<boolean> {
  if (intents.length === 0) return true;
  const effects = intents.filter(isIrreversible).map((intent) => intent.kind);
  if (effects.length === 0) return hasMandate(runtime, held);
  const intended = createDraft('EFFECT.INTENDED', { effects });
  const events = fillEvents([intended], held.claim.frame);
  const mandate = mandateOf(held.issue, held.claim.token);
  return (await appendHeld(runtime, held, events, mandate)) === 'appended';
}
