import { type Decision, decide } from '../core/decide.ts';
import { createDraft } from '../core/events/event.ts';
import type { StepId } from '../core/loop.ts';
import { leaseOf } from '../core/policies/expiry.ts';
import type { LoopOutline, LoopState } from '../core/state.ts';
import { type EventFrame, fillEvent, TAMMA } from './fill-events.ts';
import { queryOfIssue, readState } from './read-state.ts';
import { recordEvents } from './record-events.ts';
import type { Runtime } from './runtime.ts';

/** How long a claim holds where nobody can tell whether its process lives. Renewed by nobody: a step ends before. */
const LEASE_MINUTES = 60;

/** Clocks of different machines may disagree this much before a lease is taken for expired. */
const CLOCK_SKEW_SECONDS = 60;

export type ClaimedStep = {
  decision: Extract<Decision, { kind: 'run' }>;
  state: LoopState;
  /** Position of our WORKFLOW.STEP_STARTED: what we append later holds only while nobody started after it. */
  token: number;
  frame: EventFrame;
};

type ClaimOptions = {
  state: LoopState;
  decision: Extract<Decision, { kind: 'run' }>;
  /** Where the job may take longer than a lease does. */
  leaseMinutes?: number | undefined;
};

/** What all events of one run of a step have in common. */
export function createFrame(
  { clock, host, config }: Runtime,
  { issue, stepId, correlationId }: { issue: number; stepId: StepId; correlationId: string },
): EventFrame {
  const tags = { issueId: String(issue), runId: host.holder.runId, stepId, mode: config.mode };
  return { clock, actor: TAMMA, correlationId, tags };
}

/** Decides with this host's knowledge of who lives. */
export function decideHere(runtime: Runtime, state: LoopOutline): Decision {
  return decide(state, {
    now: runtime.clock.now(),
    maxAttempts: runtime.config.gates.maxAttempts,
    claimIsLive: isClaimLive(runtime, state),
  });
}

function isClaimLive({ host, clock }: Runtime, { claim }: LoopOutline): boolean {
  if (!claim) return false;
  const answer = host.isAlive(claim.holder);
  if (answer !== 'unknown') return answer === 'alive';
  return clock.now().getTime() < Date.parse(claim.leaseUntil) + CLOCK_SKEW_SECONDS * 1000;
}

/**
 * Takes the step that `decision` names: WORKFLOW.STEP_STARTED, appended only if nothing of this issue came after the
 * state the decision rests on. A lost race is answered with the new decision; nothing was written then.
 */
export async function claimStep(
  runtime: Runtime,
  issue: number,
  { state, decision, leaseMinutes = LEASE_MINUTES }: ClaimOptions,
): Promise<ClaimedStep | { lost: Decision; state: LoopState }> {
  const { clock, host, store } = runtime;
  const leaseUntil = leaseOf(clock.now(), Math.max(leaseMinutes, LEASE_MINUTES) * 60_000);
  const { stepId, run, because } = decision;
  const correlationId = state.correlationId ?? clock.newId();
  const frame = createFrame(runtime, { issue, stepId, correlationId });
  const started = fillEvent(
    createDraft('WORKFLOW.STEP_STARTED', {
      stepId,
      run,
      holder: host.holder,
      leaseUntil,
      because,
      onPosition: state.position,
    }),
    frame,
  );
  const result = await recordEvents(runtime, [started], {
    failIfEventsMatch: queryOfIssue(issue),
    after: state.position,
  });
  if (result.status === 'conflict') {
    const newer = await readState(store, issue, { asSeen: true });
    return { lost: decideHere(runtime, newer), state: newer };
  }
  const now = await readState(store, issue, { asSeen: true });
  return { decision, state: now, token: result.lastPosition, frame: { ...frame, causationId: started.id } };
}

/** True while nobody else has started a step of this issue since our claim. */
export function fenceOf(issue: number, token: number) {
  return {
    failIfEventsMatch: { items: [{ types: ['WORKFLOW.STEP_STARTED'], tags: { issueId: String(issue) } }] },
    after: token,
  };
}

const ENDED_BY_PEOPLE = ['WORKFLOW.CANCELLED', 'WORKFLOW.TAKEN_OVER'];

/** The same, and nobody has stopped it or taken it over either: what is not published by then is not to be. */
export function mandateOf(issue: number, token: number) {
  const { failIfEventsMatch, after } = fenceOf(issue, token);
  const items = failIfEventsMatch.items.map((item) => ({
    ...item,
    types: [...item.types, ...ENDED_BY_PEOPLE],
  }));
  return { failIfEventsMatch: { items }, after };
}
