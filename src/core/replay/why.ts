import type { LoggedEvent } from '../events/event.ts';
import { isOfType } from '../events/event.ts';
import type { NextDecision, RecordedDecision } from './decisions.ts';

/** One step back from an event towards its causes. */
export type Cause = {
  event: LoggedEvent;
  /** How far back: 0 is what was asked about. */
  depth: number;
  /** Where the event is a decision: why it was taken, and what it rested on comes next. */
  decision: RecordedDecision | null;
  /** Where it is none: who wrote it. The run's own decision comes next. */
  writtenBy:
    | { kind: 'run'; position: number; stepId: string; run: number }
    | { kind: 'person'; login: string }
    | null;
};

type Log = { events: readonly LoggedEvent[]; decisions: readonly RecordedDecision[] };

const MAX_DEPTH = 4;

/**
 * Why an event is there, cause by cause: a decision rests on events, an event was written by a run or a person, and a run
 * was decided on. Undefined where the log of the issue has no event at that position.
 */
export function explain(log: Log, position: number, maxDepth = MAX_DEPTH): Cause[] | undefined {
  const event = log.events.find((candidate) => candidate.position === position);
  return event && traceEvent(log, event, { depth: 0, maxDepth, seen: new Set() });
}

/** The same for what is decided where the log ends. */
export function explainNext(log: Log, next: NextDecision, maxDepth = MAX_DEPTH): Cause[] {
  return traceAll(log, next.restedOn, { depth: 0, maxDepth, seen: new Set() });
}

type Trace = { depth: number; maxDepth: number; seen: Set<number> };

function traceEvent(log: Log, event: LoggedEvent, trace: Trace): Cause[] {
  const { depth, maxDepth, seen } = trace;
  if (seen.has(event.position)) return [];
  seen.add(event.position);
  const decision = log.decisions.find(({ position }) => position === event.position) ?? null;
  const writtenBy = decision ? null : findWriter(log.events, event);
  const cause: Cause = { event, depth, decision, writtenBy };
  if (depth >= maxDepth) return [cause];
  const deeper = { ...trace, depth: depth + 1 };
  if (decision) return [cause, ...traceAll(log, decision.restedOn, deeper)];
  if (writtenBy?.kind === 'run') return [cause, ...traceAll(log, [writtenBy], deeper)];
  return [cause];
}

/** The newest first: it is what tipped the scales. */
function traceAll(log: Log, places: readonly { position: number }[], trace: Trace): Cause[] {
  return places.toReversed().flatMap(({ position }) => {
    const event = log.events.find((candidate) => candidate.position === position);
    return event ? traceEvent(log, event, trace) : [];
  });
}

function findWriter(events: readonly LoggedEvent[], event: LoggedEvent): Cause['writtenBy'] {
  const { actor, causationId } = event.metadata;
  if (actor.kind === 'human') return { kind: 'person', login: actor.login };
  const started = events.find(({ id }) => id === causationId);
  if (!started || !isOfType(started, 'WORKFLOW.STEP_STARTED')) return null;
  const { stepId, run } = started.data;
  return { kind: 'run', position: started.position, stepId, run };
}
