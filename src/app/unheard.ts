import { REFUSALS_KEPT } from '../core/projections/activity.ts';
import type { Runtime } from './runtime.ts';
import type { Speaker, Standing } from './who-may.ts';

/** Refusals of one account that are put on record in a day: of one issue, and of all. Nobody outside makes the log grow. */
const MOST_OF_ISSUE = 5;
const MOST_OF_ALL = REFUSALS_KEPT;
const DAY_MS = 24 * 3_600_000;

type Said = { issue: number; by: Speaker; standing: Standing; source: string | undefined };

/**
 * Whether a command of somebody who may not give it leaves no trace: the platform did not say who may do what, so that
 * the next round hears it again; or this account was refused often enough today. Nobody who may is ever left out.
 */
export async function isLeftUnheard(
  { projections, clock }: Pick<Runtime, 'projections' | 'clock'>,
  { issue, by, standing: { bar, unsure }, source }: Said,
): Promise<boolean> {
  if (unsure) return true;
  if (!bar || !source) return false;
  const since = new Date(clock.now().getTime() - DAY_MS).toISOString();
  const { refusals } = await projections.activity();
  const today = (refusals.get(by.id) ?? []).filter(({ timestamp }) => timestamp > since);
  const here = today.filter((refusal) => refusal.issue === issue);
  return here.length >= MOST_OF_ISSUE || today.length >= MOST_OF_ALL;
}
