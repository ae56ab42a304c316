import { TammaError } from '../core/errors.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import type { EventQuery, EventStore, ReadOptions } from '../ports/event-store.ts';

export type EventFilter = {
  issue?: number;
  types?: readonly string[];
  tags?: Readonly<Record<string, string>>;
  /** Only events after this position. */
  after?: number;
  /** ISO 8601 in UTC with milliseconds, both ends included. */
  since?: string;
  until?: string;
  /** The newest so many. */
  limit?: number;
};

/** The events that fit, in the order of the log; only as many in memory at once as `limit` says. */
export async function* selectEvents(
  store: EventStore,
  { limit, ...filter }: EventFilter,
  { unchecked = false }: Pick<ReadOptions, 'unchecked'> = {},
): AsyncGenerator<LoggedEvent> {
  const query = toQuery(filter);
  const range = { ...toRange(filter), ...(unchecked ? { unchecked } : {}) };
  if (limit === undefined) {
    yield* store.read(query, range);
    return;
  }
  const newest: LoggedEvent[] = [];
  for await (const event of store.read(query, { ...range, limit, backwards: true })) newest.push(event);
  yield* newest.reverse();
}

/** An empty filter: every event. */
export function isWholeLog({ limit, ...filter }: EventFilter): boolean {
  return limit === undefined && Object.keys(filter).length === 0;
}

export function toQuery({ issue, types, tags }: Pick<EventFilter, 'issue' | 'types' | 'tags'>): EventQuery {
  const wanted = { ...tags, ...(issue === undefined ? {} : { issueId: String(issue) }) };
  const hasTags = Object.keys(wanted).length > 0;
  if (!types?.length && !hasTags) return { items: [] };
  return { items: [{ ...(types?.length ? { types } : {}), ...(hasTags ? { tags: wanted } : {}) }] };
}

function toRange({ after, since, until }: EventFilter): ReadOptions {
  return {
    ...(after === undefined ? {} : { after }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { before: shift(until, 1) }),
  };
}

/** How far the clock that made an id may be from the one that made the time of the event. */
const NEAR_MS = 60_000;

/** The event at a position or with an id. Throws USAGE where there is none. */
export async function getEvent(store: EventStore, reference: string): Promise<LoggedEvent> {
  for (const range of rangesOf(reference)) {
    for await (const event of store.read({ items: [] }, range))
      if (String(event.position) === reference || event.id === reference) return event;
  }
  const help = 'Give a position or an id as `tamma events list` shows them.';
  throw new TammaError('USAGE', `the log has no event ${reference}`, { help });
}

/** Where to look, in this order. An id holds the time it was made at (RFC 9562 section 5.7), unless a clock was wrong. */
function rangesOf(reference: string): ReadOptions[] {
  if (/^[1-9]\d{0,14}$/.test(reference)) return [{ after: Number(reference) - 1, until: Number(reference) }];
  const [, high = '', low = ''] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f-]{21}$/.exec(reference) ?? [];
  if (!high) return [];
  const made = new Date(Number.parseInt(high + low, 16)).toISOString();
  return [{ since: shift(made, -NEAR_MS), before: shift(made, NEAR_MS) }, {}];
}

function shift(time: string, milliseconds: number): string {
  return new Date(Math.max(0, Date.parse(time) + milliseconds)).toISOString();
}
