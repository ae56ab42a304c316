import { createAgentContext } from '../agent/context.ts';
import { TammaError } from '../core/errors.ts';
import { judgeReview } from '../gates/review.ts';
import type { Step } from '../ports/step.ts';
import { prepareGate, toOutcome } from './gate-outcome.ts';
import { viewProject } from './project-view.ts';

/** A model's opinion of the whole change, from the patch alone: it did not write it, and it may look but not touch. */
export const reviewCode: Step = async (context) => {
  const plan = context.state.design?.plan;
  if (!plan) throw new TammaError('REALITY_DISAGREES', 'the log has no plan for this issue');
  const gate = await prepareGate(context);
  const agent = await createAgentContext(context, { stepId: 'CODE_REVIEW' });
  return toOutcome(context, [await judgeReview({ ...gate, agent, brief: await viewProject(context), plan })]);
};
