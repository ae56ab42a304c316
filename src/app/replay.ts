import { type Decision, decide } from '../core/decide.ts';
import { TammaError } from '../core/errors.ts';
import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import { createInitialState, foldEvent, foldEvents, type LoopState } from '../core/state.ts';
import type { RecordedDecision, ReplayView } from '../report/replay.ts';
import { listDifferences } from '../report/state-difference.ts';
import { queryOfIssue, readEvents } from './read-state.ts';
import type { Runtime } from './runtime.ts';

export type ReplayOptions = {
  issue: number;
  /** A position of the log, or an ISO 8601 time: the state after the last event up to there. */
  at?: string;
  /** Two such moments, `A..B`. */
  diff?: string;
};

/** Only so many events before a decision are tried for whether it rested on them. */
const MAX_CANDIDATES = 200;
/** Escalations that `decide` calls for; the others are outcomes of a step. */
const DECIDED = ['attempts-exhausted', 'no-progress', 'step-keeps-failing', 'budget', 'approval-expired'];

/**
 * What was known at a moment, and why every decision up to there was taken: folded from the log alone, decided again
 * by today's code on the state before, and compared. Throws USAGE for a moment that cannot be read, ISSUE_NOT_FOUND
 * for an issue the log does not know.
 */
export async function replay(runtime: Runtime, { issue, at, diff }: ReplayOptions): Promise<ReplayView> {
  const events = await readEvents(runtime.store, queryOfIssue(issue));
  if (events.length === 0) throw new TammaError('ISSUE_NOT_FOUND', `the log knows nothing of issue ${issue}`);
  const shown = at === undefined ? events : cutAt(events, at);
  const { maxAttempts } = runtime.config.gates;
  const range = diff === undefined ? undefined : parseRange(diff);
  return {
    issue,
    at: at ?? null,
    state: foldEvents(shown),
    decisions: listDecisions(shown, maxAttempts),
    difference: range
      ? {
          from: range.from,
          to: range.to,
          changes: listDifferences(
            foldEvents(cutAt(events, range.from)),
            foldEvents(cutAt(events, range.to)),
          ).filter(({ path }) => path !== 'position' && path !== 'updatedAt'),
        }
      : null,
  };
}

/** Everything up to a position, or up to the last event of a time. */
function cutAt(events: readonly LoggedEvent[], moment: string): LoggedEvent[] {
  if (/^\d{1,15}$/.test(moment)) return events.filter((event) => event.position <= Number(moment));
  const time = Date.parse(moment);
  if (Number.isNaN(time)) {
    const help = 'Give a position of the log, or a time such as 2026-11-20T13:00:00Z.';
    throw new TammaError('USAGE', `${moment} is no moment of the log`, { help });
  }
  const last = events.findLastIndex((event) => Date.parse(event.timestamp) <= time);
  return events.slice(0, last + 1);
}

function parseRange(diff: string): { from: string; to: string } {
  const [from, to, ...more] = diff.split('..');
  if (from && to && more.length === 0) return { from, to };
  throw new TammaError('USAGE', `${diff} is no range`, {
    help: 'Give two moments, for example --diff 12..34.',
  });
}

/** The decisions of a log, or those from a position on, each with what today's code decides and what it rests on. */
export function listDecisions(
  events: readonly LoggedEvent[],
  maxAttempts: number,
  from = 0,
): RecordedDecision[] {
  const before: LoopState[] = [];
  let state = createInitialState();
  for (const event of events) {
    before.push(state);
    state = foldEvent(state, event);
  }
  return events.flatMap((event, index) => {
    const recorded = event.position < from ? undefined : findRecorded(event);
    if (!recorded) return [];
    const options = {
      now: new Date(event.timestamp),
      maxAttempts: attemptsAt(events, index, maxAttempts),
      claimIsLive: false,
    };
    const again = decide(before[index] ?? createInitialState(), options);
    return [
      {
        ...recorded,
        position: event.position,
        timestamp: event.timestamp,
        again: { key: keyOf(again), because: again.because },
        agrees: keyOf(again) === recorded.key && again.because === recorded.because,
        restedOn: findGrounds({ events, before, index, decision: keyOf(again), options }),
      },
    ];
  });
}

type Recorded = Pick<RecordedDecision, 'key' | 'because'>;

/** The decision an event stands for, in a form that can be compared. */
function findRecorded(event: LoggedEvent): Recorded | undefined {
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

/** The limit of attempts as it was then, where a failed gate wrote it down. */
function attemptsAt(events: readonly LoggedEvent[], index: number, configured: number): number {
  const failed = events.slice(0, index).findLast((event) => event.type === 'GATE.FAILED');
  return failed && isOfType(failed, 'GATE.FAILED') ? failed.data.maxAttempts : configured;
}

type Grounds = {
  events: readonly LoggedEvent[];
  before: readonly LoopState[];
  index: number;
  decision: string;
  options: Parameters<typeof decide>[1];
};

/**
 * The events a decision rested on: those without which it would have been another. What models were asked and answered
 * decides nothing and is not tried.
 */
function findGrounds({ events, before, index, decision, options }: Grounds): RecordedDecision['restedOn'] {
  const candidates = events
    .slice(0, index)
    .map((event, at) => ({ event, at }))
    .filter(({ event }) => !event.type.startsWith('AI.'))
    .slice(-MAX_CANDIDATES);
  return candidates
    .filter(({ at }) => {
      const without = foldEvents(events.slice(at + 1, index), before[at]);
      return keyOf(decide(without, options)) !== decision;
    })
    .map(({ event }) => ({ position: event.position, type: event.type }));
}
