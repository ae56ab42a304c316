import type { LoggedEvent } from '../core/events/event.ts';
import { upcast } from '../core/events/upcasters.ts';
import { foldEvents, type LoopState } from '../core/state.ts';
import type { EventQuery, EventStore, ReadOptions } from '../ports/event-store.ts';

/** Everything of one issue. */
export function queryOfIssue(issue: number): EventQuery {
  return { items: [{ tags: { issueId: String(issue) } }] };
}

/** Every event in the version that is written today, whatever version it was written in. */
export async function readEvents(
  store: EventStore,
  query: EventQuery,
  options: ReadOptions = {},
): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for await (const event of store.read(query, options)) events.push(upcast(event));
  return events;
}

/** What is known of one issue now. Throws LOG_CORRUPT, LOG_UNREACHABLE. */
export async function readState(
  store: EventStore,
  issue: number,
  options: Pick<ReadOptions, 'asSeen'> = {},
): Promise<LoopState> {
  return foldEvents(await readEvents(store, queryOfIssue(issue), options));
}
