import { TammaError } from '../../core/errors.ts';
import type { StepOutcome } from '../../ports/step.ts';
import { askForApproval, digestPlan, toExpiry } from '../../steps/design.ts';
import type { Runtime } from '../runtime.ts';
import { createReadContext } from '../step-context.ts';
import type { HeldStep } from './held-step.ts';

/**
 * A person approves what they see. What a job with a model says of its plan is not shown to them: the request is
 * written anew from the events that go on record, and its digest must be the one of that plan. Throws HAND_OVER_REFUSED.
 */
export async function withOwnRequest(
  runtime: Runtime,
  { issue, claim: { state, decision } }: Pick<HeldStep, 'issue' | 'claim'>,
  outcome: StepOutcome,
): Promise<StepOutcome> {
  if (decision.stepId !== 'DESIGN') return outcome;
  const { events } = outcome;
  const context = createReadContext(runtime, { issue, state });
  const proposed = events.find((event) => event.type === 'DESIGN.PROPOSED');
  if (proposed?.type === 'DESIGN.PROPOSED') {
    const { plan, model, digest } = proposed.data;
    if (digestPlan(context, plan, model) !== digest) throw refuse('its digest is not the one of its plan');
  }
  if (outcome.status !== 'waiting') return { ...outcome, intents: [] };
  const requested = events.find((event) => event.type === 'APPROVAL.REQUESTED');
  if (proposed?.type !== 'DESIGN.PROPOSED' || requested?.type !== 'APPROVAL.REQUESTED')
    throw refuse('it waits for the approval of nothing');
  const { digest, expiresAt, kind } = requested.data;
  if (kind !== 'design' || digest !== proposed.data.digest)
    throw refuse('it asks for the approval of something else');
  if (expiresAt > toExpiry(context)) throw refuse('its request would hold too long');
  const own = await askForApproval(context, { events: [...events], digest, expiresAt, summary: '' });
  return { ...outcome, intents: own.intents };
}

function refuse(why: string): TammaError {
  return new TammaError('HAND_OVER_REFUSED', `what the job before handed over is refused: ${why}`);
}
