import type { EventType } from './events/catalogue.ts';
import { type EventDraft, isKnown, type LoggedEvent } from './events/event.ts';
import { upcast } from './events/upcasters.ts';
import { loop, type StepId } from './loop.ts';
import { changeFolds } from './state/change.ts';
import { deliveryFolds } from './state/delivery.ts';
import type { Fold, Folds } from './state/fold.ts';
import type { GateFailure, LoopState, StepRecord } from './state/types.ts';
import { understandingFolds } from './state/understanding.ts';
import { workflowFolds } from './state/workflow.ts';

export type { LoopOutline } from './state/outline.ts';
export type { Escalation, Evidence, GateFailure, LoopState, StepRecord, Wait } from './state/types.ts';

export function createInitialState(): LoopState {
  const steps = Object.fromEntries(
    loop.map((row) => [
      row.id,
      { status: 'pending', runs: 0, durationMs: 0, costUsd: 0, summary: '', runId: '' } satisfies StepRecord,
    ]),
  ) as Record<StepId, StepRecord>;
  return {
    issue: null,
    position: 0,
    correlationId: null,
    status: 'new',
    cursor: 'ISSUE_ASSIGNMENT',
    claim: null,
    runId: '',
    wait: null,
    steps,
    context: null,
    outdated: false,
    research: null,
    ambiguity: null,
    questions: [],
    answers: [],
    questionRounds: 0,
    split: [],
    design: null,
    feedback: [],
    requestedApproval: null,
    approvals: [],
    branch: null,
    head: null,
    frozenTests: null,
    redHead: null,
    implemented: false,
    rounds: 0,
    evidence: [],
    failedAttempts: {},
    failures: [],
    handOver: null,
    stuck: false,
    passedGates: {},
    pull: null,
    ci: null,
    mergeSha: null,
    headSince: null,
    deployment: null,
    dispatchIntendedAt: null,
    stepErrors: null,
    putOff: null,
    deaths: 0,
    budgetExceeded: null,
    escalation: null,
    costUsd: 0,
    startedAt: null,
    updatedAt: null,
  };
}

/** One table of what each event changes, by theme: an event has at most one row. */
const folds: Folds = { ...understandingFolds, ...changeFolds, ...deliveryFolds, ...workflowFolds };

/**
 * The state after one more event. Pure and total: unknown types and versions pass over, and the same events always give
 * the same state.
 */
export function foldEvent(state: LoopState, event: LoggedEvent): LoopState {
  return {
    ...state,
    position: event.position,
    startedAt: state.startedAt ?? event.timestamp,
    updatedAt: event.timestamp,
    ...findChange(state, event),
  };
}

/** What of the state is another after this event, but for position and times; undefined where the event says nothing about it. */
export function findChange(state: LoopState, event: LoggedEvent): Partial<LoopState> | undefined {
  const fold = (folds as Partial<Record<string, Fold<EventType>>>)[event.type];
  if (!fold) return undefined;
  const current = upcast(event);
  return isKnown(current) ? fold(state, current) : undefined;
}

export function foldEvents(events: Iterable<LoggedEvent>, from: LoopState = createInitialState()): LoopState {
  let state = from;
  for (const event of events) state = foldEvent(state, event);
  return state;
}

/** The state as it will be once these drafts are recorded: for looking ahead and for what is shown, never for the record. */
export function foldDrafts(state: LoopState, drafts: readonly EventDraft[], now: Date): LoopState {
  const frame = {
    actor: { kind: 'system', id: 'tamma', login: 'tamma' },
    schemaVersion: 1,
    eventSource: 'system',
  };
  const events = drafts.map(
    (draft, index) =>
      ({
        ...draft,
        position: state.position + index + 1,
        timestamp: now.toISOString(),
        metadata: frame,
      }) as unknown as LoggedEvent,
  );
  return foldEvents(events, state);
}

/** The newest reports that a repair has to answer: all failures on the present tree, or the newest one. */
export function findOpenFailures(state: LoopState): readonly GateFailure[] {
  const onThisTree = state.failures.filter((failure) => failure.treeSha === state.head?.tree);
  return onThisTree.length > 0 ? onThisTree : state.failures.slice(-1);
}
