import { type Decision, listAnswers } from '../core/decide.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import { fitReport } from '../core/events/fit-report.ts';
import type { Intent } from '../core/intents.ts';
import { foldDrafts, type LoopState } from '../core/state.ts';
import type { StepOutcome } from '../ports/step.ts';
import { renderEscalation } from '../report/escalation.ts';
import { prefixOf } from '../report/render-options.ts';
import { decideHere } from './claim.ts';
import { fillEvents, TAMMA } from './fill-events.ts';
import { publishOutcome } from './publish-outcome.ts';
import { queryOfIssue, readState } from './read-state.ts';
import { recordEvents } from './record-events.ts';
import type { StepReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { toReport } from './step-report.ts';
import { withSticky } from './sticky.ts';

type EscalateDecision = Extract<Decision, { kind: 'escalate' }>;

/** All reports of an escalation together: an event is at most 64 KiB. */
const MAX_REPORTS_BYTES = 40_000;

/** The event that hands the issue to a person: with the reports that led there and the commands that answer it. */
export function escalationEvent(issue: number, state: LoopState, decision: EscalateDecision): EventDraft {
  const reports = state.failures
    .filter((failure) => decision.gateId === null || failure.gateId === decision.gateId)
    .slice(-5)
    .map(({ attempt, report }, _, all) => ({
      attempt,
      report: fitReport(report, MAX_REPORTS_BYTES / all.length),
    }));
  return createDraft('ESCALATION.TRIGGERED', {
    reason: decision.reason,
    stepId: decision.stepId,
    ...(decision.gateId ? { gateId: decision.gateId } : {}),
    summary: decision.because,
    reports,
    commands: listAnswers(issue, decision),
  });
}

/** What the platform should show once a person is asked. */
export function escalationIntents({ platform }: Runtime, issue: number, ahead: LoopState): Intent[] {
  const commandPrefix = prefixOf(platform.capabilities);
  return [
    {
      kind: 'issue',
      number: issue,
      addLabels: ['needs-human-review'],
      removeLabels: ['tamma:active'],
      comment: { marker: 'escalation', body: renderEscalation(ahead, { issue, commandPrefix }) },
    },
  ];
}

/**
 * The outcome with the escalation it leads to, if it does: decided on the state as it will be, so that the failure and
 * the call for a person are one batch and one comment.
 */
export function withEscalation(
  runtime: Runtime,
  {
    issue,
    outcome,
    ended,
    ahead,
  }: { issue: number; outcome: StepOutcome; ended: EventDraft[]; ahead: LoopState },
): { ended: EventDraft[]; intents: Intent[] } {
  const next = decideHere(runtime, ahead);
  if (next.kind !== 'escalate') {
    return { ended, intents: withSticky(runtime, { issue, ahead, intents: outcome.intents }) };
  }
  const event = escalationEvent(issue, ahead, next);
  const escalated = foldDrafts(ahead, [event], runtime.clock.now());
  const intents = [...outcome.intents, ...escalationIntents(runtime, issue, escalated)];
  return { ended: [...ended, event], intents: withSticky(runtime, { issue, ahead: escalated, intents }) };
}

/** Hands over an issue whose state calls for a person although no step runs: an approval that expired, a failing step. */
export async function recordEscalation(
  runtime: Runtime,
  {
    issue,
    state,
    decision,
    durationMs,
  }: { issue: number; state: LoopState; decision: EscalateDecision; durationMs(): number },
): Promise<StepReport> {
  const frame = {
    clock: runtime.clock,
    actor: TAMMA,
    correlationId: state.correlationId ?? runtime.clock.newId(),
    tags: { issueId: String(issue), runId: runtime.host.holder.runId, mode: runtime.config.mode },
  };
  const event = escalationEvent(issue, state, decision);
  const escalated = foldDrafts(state, [event], runtime.clock.now());
  // Told first, recorded then: a run that is killed in between tells it again, and it stands there once.
  await publishOutcome(runtime, {
    issue,
    state,
    intents: withSticky(runtime, {
      issue,
      ahead: escalated,
      intents: escalationIntents(runtime, issue, escalated),
    }),
  });
  await recordEvents(runtime, fillEvents([event], frame), {
    failIfEventsMatch: queryOfIssue(issue),
    after: state.position,
  });
  const now = await readState(runtime.store, issue, { asSeen: true });
  return toReport({ issue, state: now, decision, durationMs: durationMs() });
}
