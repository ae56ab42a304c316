import { TammaError } from '../core/errors.ts';

type Scope = 'step' | 'issue' | 'day' | 'month';
export type BudgetVerdict =
  | { ok: true }
  | { ok: false; scope: Scope; limitUsd: number; spentUsd: number; neededUsd: number };

type Checker = { check(estimateUsd: number): BudgetVerdict | Promise<BudgetVerdict> };

/** Throws BUDGET_EXCEEDED where there is no room, or where nobody can say how much was spent. */
export async function demandBudget(budget: Checker, estimatedUsd: number, task: string): Promise<void> {
  const verdict = await readVerdict(budget, estimatedUsd);
  if ('cause' in verdict) throw refuseBlind(task, verdict.cause);
  if (verdict.ok) return;
  const { scope, limitUsd, spentUsd, neededUsd } = verdict;
  const figures = `${toUsd(spentUsd)} of ${toUsd(limitUsd)} spent, the next call may cost ${toUsd(estimatedUsd)}`;
  throw new TammaError('BUDGET_EXCEEDED', `${task}: the budget per ${scope} is used up: ${figures}`, {
    details: { scope, limitUsd, spentUsd, neededUsd },
  });
}

async function readVerdict(
  budget: Checker,
  estimatedUsd: number,
): Promise<BudgetVerdict | { cause: unknown }> {
  try {
    return await budget.check(estimatedUsd);
  } catch (cause) {
    return { cause };
  }
}

function refuseBlind(task: string, cause: unknown): TammaError {
  const message = `${task}: what was spent so far cannot be read, so nothing more is spent`;
  return new TammaError('BUDGET_EXCEEDED', message, {
    cause,
    help: 'Mend the event log, then `tamma retry`.',
  });
}

function toUsd(amount: number): string {
  return `${amount.toFixed(amount < 1 ? 4 : 2)} USD`;
}
