import { TammaError } from '../../core/errors.ts';
import { toPlace } from '../../core/events/batch.ts';
import { linkEvents, toBody } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { toLine } from '../../core/events/line.ts';
import { findConflict } from '../../core/events/query.ts';
import type { BranchObjects } from './branch-objects.ts';
import { findIndexes } from './find-indexes.ts';
import { findLogged } from './find-logged.ts';
import { keysOf } from './issue-index.ts';
import type { ParkedRef } from './log-backend.ts';
import type { ParkedBatch, WaitingBatch } from './parked-batch.ts';
import { readEvents } from './read-events.ts';
import type { Tip } from './tip.ts';

/** What becomes of one batch: `place` is undefined where another one is in its way, at position `conflict`. */
export type Fate =
  | { status: 'logged' | 'accepted'; place: ReturnType<typeof toPlace> }
  | { status: 'conflict'; position: number };

export type CommitPlan = {
  /** Linked, each a file of its own. */
  batches: LoggedEvent[][];
  /** Parked batches that are done with: in the log now, or never. */
  taken: ParkedRef[];
  own: Fate;
};

/** A commit holds no more than this, whoever waits: it is pushed again as a whole when it loses its race. */
const MAX_BYTES = 2_000_000;

type Candidates = {
  objects: BranchObjects;
  tip: Tip;
  own: WaitingBatch;
  parked: readonly ParkedBatch[];
  /** So many batches fit. */
  room: number;
};

/**
 * The batches of one commit: the own one, and those that others have parked, in the order of their ids. Each is checked
 * as if it came alone, against the log and what comes before it in this commit. Where the own one is settled by what is in the log already,
 * nothing is to be written.
 */
export async function planCommit(candidates: Candidates): Promise<CommitPlan> {
  const { objects, tip, own, parked, room } = candidates;
  const others = parked.filter(({ appendId }) => appendId !== own.appendId);
  await prefetch(candidates);
  const alone = await judge(objects, tip, own, []);
  if ('fate' in alone) return { batches: [], taken: refsOf(parked, [own.appendId]), own: alone.fate };
  // Who copies the ids of another's events cannot come before them.
  const queue = others.some((other) => hasSameIds(other, own))
    ? [own, ...others]
    : [own, ...others].sort((a, b) => (a.appendId < b.appendId ? -1 : 1));
  const accepted: LoggedEvent[] = [];
  const plan: CommitPlan = { batches: [], taken: [], own: { status: 'conflict', position: 0 } };
  let bytes = 0;
  for (const batch of queue) {
    const isOwn = batch === own;
    if (!isOwn && (plan.batches.length >= room - 1 || bytes > MAX_BYTES)) continue;
    const verdict = await judge(objects, tip, batch, accepted).catch((error: unknown) => {
      if (isOwn || !(error instanceof OtherEvent)) throw error;
      return undefined;
    });
    plan.taken.push(...refsOf(parked, [batch.appendId]));
    if (verdict === undefined) continue;
    if ('fate' in verdict) {
      if (isOwn) plan.own = verdict.fate;
      continue;
    }
    const linked = linkEvents(verdict.rest, accepted.at(-1) ?? tip.head) as LoggedEvent[];
    bytes += linked.reduce((sum, event) => sum + toLine(event).length, 0);
    accepted.push(...linked);
    plan.batches.push(linked);
    if (isOwn) plan.own = { status: 'accepted', place: toPlace([...verdict.logged, ...linked]) };
  }
  return plan;
}

function hasSameIds(a: WaitingBatch, b: WaitingBatch): boolean {
  const ids = new Set<string>(a.events.map(({ id }) => id));
  return b.events.some(({ id }) => ids.has(id));
}

function refsOf(parked: readonly ParkedBatch[], appendIds: readonly string[]): ParkedRef[] {
  return parked.flatMap(({ appendId, ref }) => (appendIds.includes(appendId) ? [ref] : []));
}

/** What all of them need of the index comes in one round. */
async function prefetch({ objects, tip, own, parked }: Candidates): Promise<void> {
  if (parked.length === 0) return;
  await findIndexes(objects, tip, [...new Set([own, ...parked].flatMap(({ events }) => keysOf(events)))]);
}

/** What an id already stands for in the log is something else. */
class OtherEvent extends TammaError {}

type Verdict = { fate: Fate } | { rest: WaitingBatch['events']; logged: LoggedEvent[] };

async function judge(
  objects: BranchObjects,
  tip: Tip,
  { events, condition }: WaitingBatch,
  accepted: readonly LoggedEvent[],
): Promise<Verdict> {
  const ids = new Set<string>(events.map(({ id }) => id));
  const logged = [...(await findLogged(objects, tip, events)), ...accepted.filter(({ id }) => ids.has(id))];
  for (const event of events) checkSame(event, logged);
  const rest = events.filter(({ id }) => !logged.some((event) => event.id === id));
  if (rest.length === 0) return { fate: { status: 'logged', place: toPlace(logged) } };
  if (!condition) return { rest, logged };
  const { failIfEventsMatch, after } = condition;
  for await (const event of readEvents(objects, tip, failIfEventsMatch, { after }))
    if (!ids.has(event.id)) return { fate: { status: 'conflict', position: event.position } };
  const position = findConflict(accepted, condition, ids);
  return position === undefined ? { rest, logged } : { fate: { status: 'conflict', position } };
}

/** Ids of a batch that waits can be read by others, who must not get their own events taken for it. */
function checkSame(event: WaitingBatch['events'][number], logged: readonly LoggedEvent[]): void {
  const other = logged.find(({ id }) => id === event.id);
  if (!other || toBody(other) === toBody(event)) return;
  const { position } = other;
  const message = `Position ${position} of the log has the id of an event that is to be appended, ${event.id}, and says something else.`;
  throw new OtherEvent('LOG_CORRUPT', message, { details: { position, id: event.id } });
}
