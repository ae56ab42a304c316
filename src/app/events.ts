import { TammaError } from '../core/errors.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import type { EventQuery, EventStore } from '../ports/event-store.ts';

export type EventFilter = {
  issue?: number;
  types?: readonly string[];
  tags?: Readonly<Record<string, string>>;
  /** ISO 8601 in UTC, both ends included. */
  since?: string;
  until?: string;
  /** The newest so many. */
  limit?: number;
};

/** The events that fit, in the order of the log; only as many in memory at once as `limit` says. */
export async function* selectEvents(store: EventStore, filter: EventFilter): AsyncGenerator<LoggedEvent> {
  const { limit } = filter;
  const fitting = readFitting(store, filter);
  if (limit === undefined) {
    yield* fitting;
    return;
  }
  const newest: LoggedEvent[] = [];
  for await (const event of fitting) {
    newest.push(event);
    if (newest.length > limit) newest.shift();
  }
  yield* newest;
}

async function* readFitting(store: EventStore, filter: EventFilter): AsyncGenerator<LoggedEvent> {
  for await (const event of store.read(toQuery(filter))) {
    if (filter.since !== undefined && event.timestamp < filter.since) continue;
    if (filter.until !== undefined && event.timestamp > filter.until) continue;
    yield event;
  }
}

function toQuery({ issue, types, tags }: EventFilter): EventQuery {
  const wanted = { ...tags, ...(issue === undefined ? {} : { issueId: String(issue) }) };
  const hasTags = Object.keys(wanted).length > 0;
  if (!types?.length && !hasTags) return { items: [] };
  return { items: [{ ...(types?.length ? { types } : {}), ...(hasTags ? { tags: wanted } : {}) }] };
}

/** The event at a position or with an id. Throws USAGE where there is none. */
export async function getEvent(store: EventStore, reference: string): Promise<LoggedEvent> {
  const position = /^\d{1,15}$/.test(reference) ? Number(reference) : undefined;
  const range = position === undefined ? {} : { after: position - 1, until: position };
  for await (const event of store.read({ items: [] }, range)) {
    if (event.position === position || event.id === reference) return event;
  }
  const help = 'Give a position or an id as `tamma events list` shows them.';
  throw new TammaError('USAGE', `the log has no event ${reference}`, { help });
}
