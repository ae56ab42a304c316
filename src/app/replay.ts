import { TammaError } from '../core/errors.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import {
  decideNext,
  type Ground,
  listDecisions,
  type NextDecision,
  type RecordedDecision,
} from '../core/replay/decisions.ts';
import { cutAt, parseRange } from '../core/replay/moments.ts';
import { type Cause, explain, explainNext } from '../core/replay/why.ts';
import { foldEvents } from '../core/state.ts';
import { tellEvent } from '../report/event-text.ts';
import type { ReplayView, ToldDecision, ToldGround } from '../report/replay.ts';
import { listDifferences } from '../report/state-difference.ts';
import { queryOfIssue, readEvents } from './read-state.ts';
import type { Runtime } from './runtime.ts';

export type ReplayOptions = {
  issue: number;
  /** A position of the log, or an ISO 8601 time: the state after the last event up to there. */
  at?: string;
  /** Two such moments, `A..B`. */
  diff?: string;
  /** The position of an event whose causes are asked for, or `next`. */
  why?: string;
};

/** Without a configuration the limit of attempts is that of the log: every failed gate has written it down. */
export type ReplaySource = Pick<Runtime, 'store' | 'clock'> & Partial<Pick<Runtime, 'config'>>;

const MAX_ATTEMPTS = 3;

/**
 * What was known at a moment, what was decided up to there and why, and what is decided next: folded from the log alone,
 * decided again by today's code on the state before, and compared. Throws USAGE for a moment that cannot be read,
 * ISSUE_NOT_FOUND for an issue the log does not know.
 */
export async function replay(source: ReplaySource, options: ReplayOptions): Promise<ReplayView> {
  const { issue, at } = options;
  const events = await readIssue(source, issue);
  const shown = at === undefined ? events : cutAt(events, at);
  const maxAttempts = source.config?.gates.maxAttempts ?? MAX_ATTEMPTS;
  const decisions = listDecisions(shown, { maxAttempts });
  const next = decideNext(shown, { now: findNow(source, shown, at), maxAttempts });
  return {
    issue,
    at: at ?? null,
    state: foldEvents(shown),
    decisions: decisions.map((decision) => tellGrounds(shown, decision)),
    next: tellGrounds(shown, next),
    difference: options.diff === undefined ? null : compareMoments(events, options.diff),
    why: options.why === undefined ? null : findCauses({ events: shown, decisions }, next, options.why),
  };
}

/** The whole log of an issue. Throws ISSUE_NOT_FOUND. */
export async function readIssue(
  { store }: Pick<Runtime, 'store'>,
  issue: number,
): Promise<readonly LoggedEvent[]> {
  const events = await readEvents(store, queryOfIssue(issue));
  if (events.length > 0) return events;
  throw new TammaError('ISSUE_NOT_FOUND', `the log knows nothing of issue ${issue}`, {
    help: '`tamma status` lists the issues that the log knows.',
  });
}

/** Where somebody asks about the past, it is the time of what was asked about. */
function findNow({ clock }: ReplaySource, shown: readonly LoggedEvent[], at: string | undefined): string {
  const last = shown.at(-1)?.timestamp;
  if (at === undefined || last === undefined) return clock.now().toISOString();
  return /^\d+$/.test(at) ? last : new Date(at).toISOString();
}

function compareMoments(events: readonly LoggedEvent[], diff: string): ReplayView['difference'] {
  const { from, to } = parseRange(diff);
  const changes = listDifferences(foldEvents(cutAt(events, from)), foldEvents(cutAt(events, to)));
  return { from, to, changes: changes.filter(({ path }) => path !== 'position' && path !== 'updatedAt') };
}

type Log = { events: readonly LoggedEvent[]; decisions: readonly RecordedDecision[] };

function findCauses(log: Log, next: NextDecision, why: string): Cause[] {
  if (why === 'next') return explainNext(log, next);
  const causes = /^\d{1,15}$/.test(why) ? explain(log, Number(why)) : undefined;
  if (causes) return causes;
  throw new TammaError('USAGE', `no event of this issue is at ${why}`, {
    help: 'Give a position as `tamma replay` or `tamma events list` shows them, or `next`.',
  });
}

function tellGrounds<D extends { restedOn: readonly Ground[] }>(
  events: readonly LoggedEvent[],
  decision: D,
): Omit<D, 'restedOn'> & { restedOn: ToldGround[] } {
  const restedOn = decision.restedOn.map((ground) => {
    const event = events.find(({ position }) => position === ground.position);
    return { ...ground, text: event ? tellEvent(event) : '' };
  });
  return { ...decision, restedOn };
}

/** Every decision of a log with its grounds in words. */
export function tellDecisions(events: readonly LoggedEvent[], maxAttempts = MAX_ATTEMPTS): ToldDecision[] {
  return listDecisions(events, { maxAttempts }).map((decision) => tellGrounds(events, decision));
}
