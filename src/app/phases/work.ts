import type { StepOutcome } from '../../ports/step.ts';
import { steps } from '../../steps/index.ts';
import type { ClaimedStep } from '../claim.ts';
import { basisOf, findPendingOutcome, savePendingOutcome } from '../pending-outcome.ts';
import type { Runtime } from '../runtime.ts';
import type { Spool } from '../spool.ts';
import { createStepContext } from '../step-context.ts';
import { isLeftOut } from './gate.ts';

export type WorkOptions = { issue: number; claim: ClaimedStep; spool: Spool };

/** The step's outcome: the one a killed run had already come to on this very state, or a new one. Writes nothing outside. */
export async function workStep(runtime: Runtime, { issue, claim, spool }: WorkOptions): Promise<StepOutcome> {
  const { stepId } = claim.decision;
  if (isLeftOut(runtime, stepId))
    return { status: 'skipped', reason: 'left out by workflow.skip', events: [], intents: [] };
  const { stateDirectory } = runtime.repository;
  const basis = basisOf(claim.state, runtime.configDigest);
  const recalled = findPendingOutcome(stateDirectory, issue, basis);
  if (recalled) {
    runtime.host.report({
      kind: 'note',
      level: 'info',
      text: 'taking up the finished work of a run that was cut off',
    });
    return recalled;
  }
  await bringBase(runtime, claim);
  const outcome = await steps[stepId](createStepContext(runtime, { issue, claim, spool }));
  if (outcome.status !== 'failed') savePendingOutcome(stateDirectory, issue, { basis, outcome });
  return outcome;
}

/** A fresh runner has only the newest commits; the work rests on the one it was planned on. */
export async function bringBase({ platform }: Runtime, { state }: Pick<ClaimedStep, 'state'>): Promise<void> {
  if (state.context) await platform.branches.bring(state.context.baseSha);
}
