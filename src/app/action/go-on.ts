import { chainNext, type Linked } from '../chain.ts';
import { hearReviews } from '../hear-review.ts';
import { isWaitOver } from '../poll-waits.ts';
import { readState } from '../read-state.ts';
import type { StepReport } from '../reports.ts';
import type { Runtime } from '../runtime.ts';
import { isCutOff } from './conclude.ts';
import type { ActionContext } from './context.ts';

/** Where the platform tells which runs are over, a claim may last as long as its job; elsewhere its lease is short. */
export function findLease({ inputs }: ActionContext, { platform }: Runtime): number | undefined {
  return platform.dispatch ? inputs.timeLimitMinutes + 10 : undefined;
}

/** Starts the run that comes next, where one does. */
export async function goOnAfter(
  context: ActionContext,
  runtime: Runtime,
  report: StepReport | undefined,
): Promise<Linked[]> {
  if (!report || context.inputs.chain !== 'dispatch') return [];
  const goesOn = isCutOff(context, report) || (await wasAnsweredBefore(runtime, report));
  return [await chainNext(runtime, context.chain, { report, goesOn })];
}

/**
 * What it waits for came while the step was still being worked, and its event found nobody waiting: the checks ended, or
 * somebody reviewed it, who need not say it twice.
 */
async function wasAnsweredBefore(
  runtime: Runtime,
  { issue, status, step, state }: StepReport,
): Promise<boolean> {
  if (status !== 'waiting') return false;
  if (step !== 'APPROVAL_GATE') return isWaitOver(runtime, state);
  const heard = await hearReviews(runtime, issue, await readState(runtime.store, issue));
  return heard.some((one) => one.status === 'answered' && one.goOn);
}
