import type { Plan } from '../core/events/parts.ts';
import { joinSections } from './markdown.ts';
import { toCode, toInline } from './untrusted.ts';

/** A plan in full, as Markdown. Every text in it is a model's. */
export function renderPlan(plan: Plan): string {
  return joinSections([toInline(plan.summary, 2000), renderPlanSteps(plan), renderRisk(plan)]);
}

/** What will be done, step by step, how it is tested, and what else was weighed. */
export function renderPlanSteps(plan: Plan): string {
  const steps = plan.steps.map((step, index) => {
    const files = step.files.length > 0 ? `\n   ${step.files.map((file) => toCode(file)).join(', ')}` : '';
    return `${index + 1}. **${toInline(step.title)}**\n   ${toInline(step.detail, 2000)}${files}`;
  });
  const options = plan.options.map(
    ({ name, tradeOff }) => `- **${toInline(name)}** – ${toInline(tradeOff, 1000)}`,
  );
  return joinSections([
    steps.join('\n'),
    `**Tests:** ${toInline(plan.testPlan, 2000)}`,
    options.length > 0 && `**Options weighed:**\n\n${options.join('\n')}`,
  ]);
}

/** How risky the plan is, by its own words, and why. */
export function renderRisk({ risk, riskReasons, breakingChange, newDependencies }: Plan): string {
  return [
    `- **Risk:** ${risk}${listReasons(riskReasons)}`,
    `- **Breaking change:** ${breakingChange.expected ? 'expected' : 'none expected'}${listReasons([breakingChange.reason])}`,
    ...(newDependencies.length > 0
      ? [`- **New dependencies:** ${newDependencies.map((name) => toCode(name)).join(', ')}`]
      : []),
  ].join('\n');
}

function listReasons(reasons: readonly string[]): string {
  const given = reasons.filter((reason) => reason.trim() !== '').map((reason) => toInline(reason));
  return given.length > 0 ? ` – ${given.join('; ')}` : '';
}
