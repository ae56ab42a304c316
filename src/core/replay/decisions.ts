import { type DecideOptions, type Decision, decide } from '../decide.ts';
import { isOfType, type LoggedEvent } from '../events/event.ts';
import { createInitialState, foldEvent, type LoopState } from '../state.ts';
import { findGrounds, toComparable } from './grounds.ts';

/** A decision that is on record, the same taken again by the code at hand, and what it rested on. */
export type RecordedDecision = {
  position: number;
  timestamp: string;
  /** What was decided, in a form that can be compared. */
  key: string;
  because: string;
  again: { key: string; because: string };
  agrees: boolean;
  /** The events without which it would have been decided otherwise, or for another reason. */
  restedOn: readonly Ground[];
};

export type Ground = { position: number; type: string };

/** What comes next by the code at hand, where the log ends or was cut. */
export type NextDecision = Pick<RecordedDecision, 'key' | 'because' | 'restedOn'>;

/** A place in the log where something is decided: `index` events came before it. */
export type DecisionPoint = { index: number; decided: string; options: DecideOptions };

export type ListOptions = {
  /** By configuration, for logs in which no gate has written its limit down. */
  maxAttempts: number;
  /** Decisions before this position are not wanted. */
  from?: number;
};

/** Escalations that `decide` calls for; the others are outcomes of a step. */
const DECIDED: readonly string[] = [
  'attempts-exhausted',
  'no-progress',
  'step-keeps-failing',
  'budget',
  'approval-expired',
];

/** The decisions of a log, each taken again on the state before it. */
export function listDecisions(
  events: readonly LoggedEvent[],
  { maxAttempts, from = 0 }: ListOptions,
): RecordedDecision[] {
  const before = listStates(events);
  const found = events.flatMap((event, index) => {
    const recorded = event.position < from ? undefined : findRecorded(event);
    if (!recorded) return [];
    const options = optionsAt(events, index, { now: event.timestamp, maxAttempts });
    return [{ event, index, recorded, options, again: decide(before[index] as LoopState, options) }];
  });
  const points = found.map(({ index, options, again }) => ({
    index,
    options,
    decided: toComparable(again),
  }));
  const grounds = findGrounds(events, before, points);
  return found.map(({ event: { position, timestamp }, recorded, again }, at) => ({
    ...recorded,
    position,
    timestamp,
    again: { key: keyOf(again), because: again.because },
    agrees: keyOf(again) === recorded.key && again.because === recorded.because,
    restedOn: grounds[at] ?? [],
  }));
}

/** What would be decided after the last of these events. A claim counts as held while its lease runs. */
export function decideNext(
  events: readonly LoggedEvent[],
  { now, maxAttempts }: { now: string; maxAttempts: number },
): NextDecision {
  const states = [...listStates(events)];
  const state = foldLast(states, events);
  const claimIsLive = state.claim !== null && now < state.claim.leaseUntil;
  const options = { ...optionsAt(events, events.length, { now, maxAttempts }), claimIsLive };
  const decision = decide(state, options);
  const point = { index: events.length, options, decided: toComparable(decision) };
  const [restedOn = []] = findGrounds(events, [...states, state], [point]);
  return { key: keyOf(decision), because: decision.because, restedOn };
}

/** The state before each event. */
export function listStates(events: readonly LoggedEvent[]): LoopState[] {
  const before: LoopState[] = [];
  let state = createInitialState();
  for (const event of events) {
    before.push(state);
    state = foldEvent(state, event);
  }
  return before;
}

function foldLast(before: readonly LoopState[], events: readonly LoggedEvent[]): LoopState {
  const [state, event] = [before.at(-1), events.at(-1)];
  return state && event ? foldEvent(state, event) : createInitialState();
}

/** The decision an event stands for; undefined where it is none of `decide`. */
export function findRecorded(event: LoggedEvent): { key: string; because: string } | undefined {
  if (isOfType(event, 'WORKFLOW.STEP_STARTED')) {
    const { stepId, run, because } = event.data;
    return { key: `run ${stepId} (run ${run})`, because };
  }
  if (isOfType(event, 'ESCALATION.TRIGGERED') && DECIDED.includes(event.data.reason)) {
    const { stepId, reason, summary } = event.data;
    return { key: `escalate ${stepId} (${reason})`, because: summary };
  }
  return undefined;
}

export function keyOf(decision: Decision): string {
  switch (decision.kind) {
    case 'run':
      return `run ${decision.stepId} (run ${decision.run})`;
    case 'escalate':
      return `escalate ${decision.stepId} (${decision.reason})`;
    case 'stop':
      return `stop (${decision.status})`;
    case 'held':
    case 'wait':
      return `${decision.kind} ${decision.stepId}`;
  }
}

function optionsAt(
  events: readonly LoggedEvent[],
  index: number,
  { now, maxAttempts }: { now: string; maxAttempts: number },
): DecideOptions {
  return {
    now: new Date(now),
    maxAttempts: attemptsAt(events, index) ?? maxAttempts,
    claimIsLive: false,
  };
}

/** The limit of attempts as it was then, where a failed gate wrote it down. */
function attemptsAt(events: readonly LoggedEvent[], index: number): number | undefined {
  for (let at = index - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event && isOfType(event, 'GATE.FAILED')) return event.data.maxAttempts;
  }
  return undefined;
}
