import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import type { EventStore, ReadOptions } from '../ports/event-store.ts';
import type { Runtime } from './runtime.ts';

export type Spending = { day: number; month: number };

/**
 * What all issues have cost in the UTC day and month of `now`, from the log. Throws what the store throws: a spend that
 * cannot be read denies the next call.
 */
export async function readSpending(
  store: EventStore,
  now: Date,
  options: Pick<ReadOptions, 'asSeen'> = {},
): Promise<Spending> {
  const today = now.toISOString().slice(0, 10);
  const spending: Spending = { day: 0, month: 0 };
  const billed = { items: [{ types: ['AI.RESPONSE.RECEIVED', 'AI.REQUEST.FAILED'] }] };
  for await (const event of store.read(billed, options)) {
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

/** The day's or the month's budget, where it is spent. */
export async function findSpentBudget({
  store,
  clock,
  config,
}: Runtime): Promise<{ spentUsd: number; limitUsd: number } | null> {
  const { perDayUsd, perMonthUsd } = config.budget;
  const { day, month } = await readSpending(store, clock.now(), { asSeen: true });
  if (day > 0 && day >= perDayUsd) return { spentUsd: day, limitUsd: perDayUsd };
  return perMonthUsd !== null && month > 0 && month >= perMonthUsd
    ? { spentUsd: month, limitUsd: perMonthUsd }
    : null;
}
