import type { Decision } from '../core/decide.ts';
import { TammaError, toTammaError } from '../core/errors.ts';
import { createDraft, type EventDraft, type NewEvent } from '../core/events/event.ts';
import { isIrreversible } from '../core/intents.ts';
import { getRow, type StepId } from '../core/loop.ts';
import { foldDrafts, type LoopState } from '../core/state.ts';
import type { StepOutcome } from '../ports/step.ts';
import { steps } from '../steps/index.ts';
import { appendInBatches } from './append-batches.ts';
import { type ClaimedStep, claimStep, decideHere, fenceOf } from './claim.ts';
import { endEvents, failureEvents } from './end-events.ts';
import { recordEscalation, withEscalation } from './escalate.ts';
import { fillEvents } from './fill-events.ts';
import { basisOf, findPendingOutcome, removePendingOutcome, savePendingOutcome } from './pending-outcome.ts';
import { publishOutcome } from './publish-outcome.ts';
import { readEvents, readState } from './read-state.ts';
import type { StepReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { createSpool, findLeftBehind, type Spool } from './spool.ts';
import { createStepContext } from './step-context.ts';
import { toReport } from './step-report.ts';

export type RunStepOptions = { issue: number; dryRun?: boolean };

/**
 * One step of one issue: read, fold, decide, claim, work, publish, append. May be repeated at any moment, also after a
 * kill: what was recorded is not done again, what was published is found again. A step that throws is recorded as
 * failed and answered in the report; what stops a step before its claim (no key, no sandbox, a damaged log) is thrown,
 * and nothing was written then.
 */
export async function runStep(
  runtime: Runtime,
  { issue, dryRun = false }: RunStepOptions,
): Promise<StepReport> {
  const started = runtime.clock.now();
  if (!dryRun) await deliverLeftBehind(runtime, issue);
  const state = await readState(runtime.store, issue);
  const decision = decideHere(runtime, state);
  const durationMs = () => runtime.clock.now().getTime() - started.getTime();

  if (decision.kind === 'escalate' && !dryRun)
    return recordEscalation(runtime, { issue, state, decision, durationMs });
  if (decision.kind !== 'run') return toReport({ issue, state, decision, durationMs: durationMs() });

  await checkBeforeClaim(runtime, decision, issue);
  if (dryRun) return previewStep(runtime, { issue, state, decision, durationMs });

  const claim = await claimStep(runtime, issue, state, decision);
  if ('lost' in claim)
    return toReport({ issue, state: claim.state, decision: claim.lost, durationMs: durationMs() });
  return workOn(runtime, { issue, claim, durationMs });
}

/** What killed runs of this issue left on this machine goes into the log. */
async function deliverLeftBehind(runtime: Runtime, issue: number): Promise<void> {
  const leftBehind = findLeftBehind(
    runtime.repository.stateDirectory,
    issue,
    (holder) => runtime.host.isAlive(holder) === 'dead',
  );
  for (const { events, remove } of leftBehind) {
    await appendInBatches(runtime.store, events);
    remove();
  }
}

/** What would stop the step anyway is said before anything is written. */
async function checkBeforeClaim(
  runtime: Runtime,
  { stepId }: Extract<Decision, { kind: 'run' }>,
  issue: number,
): Promise<void> {
  const row = getRow(stepId);
  await runtime.platform.actors.self();
  if (stepId === 'ISSUE_ASSIGNMENT') await checkEligible(runtime, issue);
  if (isLeftOut(runtime, stepId)) return;
  if (row.model) await runtime.provider(stepId);
  if (row.sandbox) await runtime.sandbox();
}

/** Throws ISSUE_NOT_FOUND, ISSUE_INVALID, ISSUE_NOT_ELIGIBLE. An issue named by a person needs no label. */
async function checkEligible({ platform }: Runtime, number: number): Promise<void> {
  const { state } = await platform.issues.get(number);
  if (state === 'closed') throw new TammaError('ISSUE_NOT_ELIGIBLE', `issue ${number} is closed`);
}

type Work = { issue: number; claim: ClaimedStep; durationMs(): number };

async function workOn(runtime: Runtime, { issue, claim, durationMs }: Work): Promise<StepReport> {
  const { stepId, run, because } = claim.decision;
  const spool = createSpool(runtime.repository.stateDirectory, issue, runtime.host.holder);
  runtime.host.report({ kind: 'step-started', stepId, title: getRow(stepId).title, run, because });

  let report: StepReport;
  try {
    const outcome = await workOrRecall(runtime, issue, claim, spool);
    report = await finish(runtime, { issue, claim, durationMs }, outcome, spool);
  } catch (thrown) {
    report = await recordFailure(runtime, { issue, claim, durationMs }, toTammaError(thrown), spool);
  }
  runtime.host.report({
    kind: 'step-ended',
    stepId,
    outcome: outcomeOf(report),
    summary: report.summary,
    durationMs: report.durationMs,
  });
  return report;
}

function isLeftOut({ config }: Runtime, stepId: StepId): boolean {
  return config.workflow.skip.some((skipped) => skipped === stepId);
}

/** The step's outcome: the one a killed run had already come to on this very state, or a new one. */
async function workOrRecall(
  runtime: Runtime,
  issue: number,
  claim: ClaimedStep,
  spool: Spool,
): Promise<StepOutcome> {
  const { stepId } = claim.decision;
  if (isLeftOut(runtime, stepId))
    return { status: 'skipped', reason: 'left out by workflow.skip', events: [], intents: [] };
  const { stateDirectory } = runtime.repository;
  const basis = basisOf(claim.state, runtime.configDigest);
  const recalled = findPendingOutcome(stateDirectory, issue, basis);
  if (recalled) {
    runtime.host.report({
      kind: 'note',
      level: 'info',
      text: 'taking up the finished work of a run that was cut off',
    });
    return recalled;
  }
  const context = createStepContext(runtime, { issue, claim, spool });
  const outcome = await steps[stepId](context);
  if (outcome.status !== 'failed') savePendingOutcome(stateDirectory, issue, { basis, outcome });
  return outcome;
}

/** Publishes what the step wants, then records what really happened, as one batch. */
async function finish(runtime: Runtime, work: Work, outcome: StepOutcome, spool: Spool): Promise<StepReport> {
  const { issue, claim, durationMs } = work;
  const { decision, frame } = claim;
  const ended = endEvents(outcome, decision, claim, durationMs());
  const ahead = foldDrafts(claim.state, [...outcome.events, ...ended], runtime.clock.now());
  const whole = withEscalation(runtime, { issue, outcome, ended, ahead });

  if (!(await mayPublish(runtime, work, whole.intents))) return lostClaim(runtime, work);
  const published = await publishOutcome(runtime, { issue, state: claim.state, intents: whole.intents });
  if (published.status === 'blocked') {
    // The world is not as the work took it to be: the next run must look at it again.
    removePendingOutcome(runtime.repository.stateDirectory, issue);
    const error = new TammaError(published.code, published.reason);
    return recordFailure(runtime, work, error, spool, published.events);
  }
  const drafts = [...outcome.events, ...published.events, ...whole.ended];
  const batch: NewEvent[] = [...spool.events(), ...fillEvents(drafts, frame)];
  const appended = await append(runtime, work, batch);
  if (appended === 'conflict') return lostClaim(runtime, work);
  spool.remove();
  removePendingOutcome(runtime.repository.stateDirectory, issue);

  const state = await readState(runtime.store, issue);
  const error = outcome.status === 'failed' ? outcome.error : null;
  return toReport({ issue, state, decision, durationMs: durationMs(), outcome, error });
}

async function recordFailure(
  runtime: Runtime,
  work: Work,
  error: TammaError,
  spool: Spool,
  happened: readonly EventDraft[] = [],
): Promise<StepReport> {
  const { issue, claim, durationMs } = work;
  const isLogError = error.code.startsWith('LOG_');
  // What was refused would be refused again: the next run works anew.
  if (!isLogError && !error.retryable) removePendingOutcome(runtime.repository.stateDirectory, issue);
  if (!isLogError) {
    const drafts = [...happened, ...failureEvents(error, claim, durationMs(), runtime.redactor.redact)];
    const appended = await append(runtime, work, [...spool.events(), ...fillEvents(drafts, claim.frame)]);
    if (appended === 'conflict') return lostClaim(runtime, work);
    spool.remove();
  }
  const state = isLogError ? claim.state : await escalateIfStuck(runtime, work);
  return toReport({ issue, state, decision: claim.decision, durationMs: durationMs(), error });
}

/** A failure that leaves nothing to try calls for a person at once, not when the next run comes. */
async function escalateIfStuck(runtime: Runtime, { issue, durationMs }: Work): Promise<LoopState> {
  const state = await readState(runtime.store, issue);
  const decision = decideHere(runtime, state);
  if (decision.kind !== 'escalate') return state;
  try {
    return (await recordEscalation(runtime, { issue, state, decision, durationMs })).state;
  } catch {
    return state; // what kept the step from its end may keep this from being told: the next run comes here again
  }
}

/**
 * The last look before anything is written: the claim must still be ours. An effect nobody can take back is put on
 * record with it, before it happens.
 */
async function mayPublish(runtime: Runtime, work: Work, intents: StepOutcome['intents']): Promise<boolean> {
  if (intents.length === 0) return true;
  const effects = intents.filter(isIrreversible).map((intent) => intent.kind);
  if (effects.length === 0) return holdsClaim(runtime, work);
  const intended = createDraft('EFFECT.INTENDED', { effects });
  return (await append(runtime, work, fillEvents([intended], work.claim.frame))) === 'appended';
}

async function holdsClaim({ store }: Runtime, { issue, claim }: Work): Promise<boolean> {
  const { failIfEventsMatch, after } = fenceOf(issue, claim.token);
  const [taken] = await readEvents(store, failIfEventsMatch, { after, limit: 1 });
  return taken === undefined;
}

function append(
  { store }: Runtime,
  { issue, claim }: Work,
  events: readonly NewEvent[],
): Promise<'appended' | 'conflict'> {
  return appendInBatches(store, events, fenceOf(issue, claim.token));
}

/** Our lease was over and another run has started: it will find what we published. Nothing more is written by us. */
async function lostClaim(runtime: Runtime, { issue, durationMs }: Work): Promise<StepReport> {
  const state = await readState(runtime.store, issue);
  return toReport({ issue, state, decision: decideHere(runtime, state), durationMs: durationMs() });
}

/** The step's work without its claim, its writes or its record. */
async function previewStep(
  runtime: Runtime,
  options: {
    issue: number;
    state: LoopState;
    decision: Extract<Decision, { kind: 'run' }>;
    durationMs(): number;
  },
): Promise<StepReport> {
  const { issue, state, decision, durationMs } = options;
  const frame = {
    clock: runtime.clock,
    actor: { kind: 'system', id: 'tamma', login: 'tamma' },
    correlationId: 'dry-run',
    tags: {},
  } as const;
  const context = createStepContext(runtime, {
    issue,
    claim: { decision, state, token: 0, frame },
    spool: undefined,
  });
  const outcome = await steps[decision.stepId](context);
  const error = outcome.status === 'failed' ? outcome.error : null;
  const report = toReport({
    issue,
    state,
    decision,
    durationMs: durationMs(),
    outcome,
    error,
    intents: outcome.intents,
  });
  return { ...report, progressed: false };
}

function outcomeOf(report: StepReport): string {
  if (report.error) return 'failed';
  return report.state.steps[report.decision.kind === 'run' ? report.decision.stepId : report.state.cursor]
    .status;
}
