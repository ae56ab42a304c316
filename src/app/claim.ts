import { type Decision, decide } from '../core/decide.ts';
import { createDraft } from '../core/events/event.ts';
import { leaseOf } from '../core/policies/expiry.ts';
import type { LoopState } from '../core/state.ts';
import { type EventFrame, fillEvent, TAMMA } from './fill-events.ts';
import { queryOfIssue, readState } from './read-state.ts';
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

/** Decides with this host's knowledge of who lives. */
export function decideHere(runtime: Runtime, state: LoopState): Decision {
  return decide(state, {
    now: runtime.clock.now(),
    maxAttempts: runtime.config.gates.maxAttempts,
    claimIsLive: isClaimLive(runtime, state),
  });
}

function isClaimLive({ host, clock }: Runtime, { claim }: LoopState): boolean {
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
  state: LoopState,
  decision: Extract<Decision, { kind: 'run' }>,
): Promise<ClaimedStep | { lost: Decision; state: LoopState }> {
  const { clock, host, store } = runtime;
  const leaseUntil = leaseOf(clock.now(), LEASE_MINUTES * 60_000);
  const frame: EventFrame = {
    clock,
    actor: TAMMA,
    correlationId: state.correlationId ?? clock.newId(),
    tags: {
      issueId: String(issue),
      runId: host.holder.runId,
      stepId: decision.stepId,
      mode: runtime.config.mode,
    },
  };
  const { stepId, run, because } = decision;
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
  const result = await store.append([started], {
    failIfEventsMatch: queryOfIssue(issue),
    after: state.position,
  });
  if (result.status === 'conflict') {
    const newer = await readState(store, issue);
    return { lost: decideHere(runtime, newer), state: newer };
  }
  const now = await readState(store, issue);
  return { decision, state: now, token: result.lastPosition, frame: { ...frame, causationId: started.id } };
}

/** True while nobody else has started a step of this issue since our claim. */
export function fenceOf(issue: number, token: number) {
  return {
    failIfEventsMatch: { items: [{ types: ['WORKFLOW.STEP_STARTED'], tags: { issueId: String(issue) } }] },
    after: token,
  };
}
