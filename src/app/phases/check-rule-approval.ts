import { TammaError } from '../../core/errors.ts';
import { judgeDesignApproval } from '../../core/policies/approval.ts';
import type { StepOutcome } from '../../ports/step.ts';
import type { Runtime } from '../runtime.ts';

/**
 * A plan that no person has to approve is said to be so by the job that made it: the rule is asked again here, with what
 * the platform says now. Throws HAND_OVER_REFUSED.
 */
export async function checkRuleApproval(
  { config, platform }: Runtime,
  issue: number,
  { events }: StepOutcome,
): Promise<void> {
  const granted = events.find((event) => event.type === 'APPROVAL.GRANTED');
  if (granted?.type !== 'APPROVAL.GRANTED') return;
  const proposed = events.find((event) => event.type === 'DESIGN.PROPOSED');
  const { kind, by, digest } = granted.data;
  const isOfPlan = kind === 'design' && by === 'rule' && proposed?.type === 'DESIGN.PROPOSED';
  if (!isOfPlan || proposed.data.digest !== digest)
    throw new TammaError('HAND_OVER_REFUSED', 'it brings an approval that no rule gives');
  const { labels } = await platform.issues.get(issue);
  const { required, reasons } = judgeDesignApproval({ config, plan: proposed.data.plan, labels });
  if (required)
    throw new TammaError(
      'HAND_OVER_REFUSED',
      `it approves a plan that needs a person: ${reasons.join('; ')}`,
    );
}
