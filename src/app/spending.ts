import type { ReadOptions } from '../ports/event-store.ts';
import type { Projections } from './projections.ts';
import type { Runtime } from './runtime.ts';

export type Spending = { day: number; month: number };

/**
 * What all issues have cost in the UTC day and month of `now`, from the log. Throws what the store throws: a spend that
 * cannot be read denies the next call.
 */
export async function readSpending(
  projections: Projections,
  now: Date,
  options: Pick<ReadOptions, 'asSeen'> = {},
): Promise<Spending> {
  const today = now.toISOString().slice(0, 10);
  const { costs } = await projections.activity(options);
  let month = 0;
  for (const [day, usd] of costs) if (day.startsWith(today.slice(0, 7))) month += usd;
  return { day: costs.get(today) ?? 0, month };
}

/** The day's or the month's budget, where it is spent. */
export async function findSpentBudget({
  projections,
  clock,
  config,
}: Runtime): Promise<{ spentUsd: number; limitUsd: number } | null> {
  const { perDayUsd, perMonthUsd } = config.budget;
  const { day, month } = await readSpending(projections, clock.now(), { asSeen: true });
  if (day > 0 && day >= perDayUsd) return { spentUsd: day, limitUsd: perDayUsd };
  return perMonthUsd !== null && month > 0 && month >= perMonthUsd
    ? { spentUsd: month, limitUsd: perMonthUsd }
    : null;
}
