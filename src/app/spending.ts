import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import type { EventStore } from '../ports/event-store.ts';

export type Spending = { day: number; month: number };

/**
 * What all issues have cost in the UTC day and month of `now`, from the log. Throws what the store throws: a spend that
 * cannot be read denies the next call.
 */
export async function readSpending(store: EventStore, now: Date): Promise<Spending> {
  const today = now.toISOString().slice(0, 10);
  const spending: Spending = { day: 0, month: 0 };
  const billed = { items: [{ types: ['AI.RESPONSE.RECEIVED', 'AI.REQUEST.FAILED'] }] };
  for await (const event of store.read(billed)) {
    if (event.timestamp.slice(0, 7) !== today.slice(0, 7)) continue;
    const cost = costOf(event);
    spending.month += cost;
    if (event.timestamp.startsWith(today)) spending.day += cost;
  }
  return spending;
}

function costOf(event: LoggedEvent): number {
  if (isOfType(event, 'AI.RESPONSE.RECEIVED')) return event.data.costUsd;
  return isOfType(event, 'AI.REQUEST.FAILED') ? event.data.costUsd : 0;
}
