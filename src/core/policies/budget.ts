import type { Config } from '../config/schema.ts';

export type BudgetScope = 'step' | 'issue' | 'day' | 'month';

export type BudgetVerdict =
  | { ok: true }
  | { ok: false; scope: BudgetScope; limitUsd: number; spentUsd: number; neededUsd: number };

export type BudgetQuestion = {
  budget: Config['budget'];
  /** US dollars spent so far in each scope, this run included. */
  spent: Record<BudgetScope, number>;
  /** The most that the next call can cost, in US dollars. */
  estimateUsd: number;
};

/** Sums of many small costs are not exact. */
const TOLERANCE = 1e-9;

/**
 * Whether there is room for one more call: the narrowest scope that has none is named. A spend or an estimate that is no
 * number denies.
 */
export function checkBudget({ budget, spent, estimateUsd }: BudgetQuestion): BudgetVerdict {
  const limits: [BudgetScope, number | null][] = [
    ['step', budget.perStepUsd],
    ['issue', budget.perIssueUsd],
    ['day', budget.perDayUsd],
    ['month', budget.perMonthUsd],
  ];
  for (const [scope, limitUsd] of limits) {
    if (limitUsd === null) continue;
    const isWithin =
      estimateUsd >= 0 && spent[scope] >= 0 && spent[scope] + estimateUsd <= limitUsd + TOLERANCE;
    if (isWithin) continue;
    const spentUsd = Number.isFinite(spent[scope]) ? Math.max(0, spent[scope]) : limitUsd;
    return {
      ok: false,
      scope,
      limitUsd,
      spentUsd,
      neededUsd: Number.isFinite(estimateUsd) ? Math.max(0, estimateUsd) : limitUsd,
    };
  }
  return { ok: true };
}
