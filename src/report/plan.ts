import type { Plan } from '../core/events/parts.ts';
import { toCode, toInline } from './untrusted.ts';

/** A plan in full, as Markdown. Every text in it is a model's. */
export function renderPlan(plan: Plan): string {
  return `${toInline(plan.summary, 2000)}\n\n${renderPlanSteps(plan)}`;
}

/** The same without its summary, where that stands elsewhere. */
export function renderPlanSteps(plan: Plan): string {
  const steps = plan.steps.map((step, index) => {
    const files = step.files.length > 0 ? `\n   ${step.files.map((file) => toCode(file)).join(', ')}` : '';
    return `${index + 1}. **${toInline(step.title)}**\n   ${toInline(step.detail, 2000)}${files}`;
  });
  return [
    ...steps,
    '',
    `- **Tests:** ${toInline(plan.testPlan, 2000)}`,
    `- **Risk:** ${plan.risk}${listReasons(plan.riskReasons)}`,
    `- **Breaking change:** ${plan.breakingChange.expected ? 'expected' : 'none expected'}${listReasons([plan.breakingChange.reason])}`,
    ...(plan.newDependencies.length > 0
      ? [`- **New dependencies:** ${plan.newDependencies.map((name) => toCode(name)).join(', ')}`]
      : []),
    ...renderOptions(plan),
  ].join('\n');
}

function listReasons(reasons: readonly string[]): string {
  const given = reasons.filter((reason) => reason.trim() !== '').map((reason) => toInline(reason));
  return given.length > 0 ? ` – ${given.join('; ')}` : '';
}

function renderOptions({ options }: Plan): string[] {
  if (options.length === 0) return [];
  const rows = options.map((option) => `- **${toInline(option.name)}** – ${toInline(option.tradeOff, 1000)}`);
  return ['', '**Options weighed:**', '', ...rows];
}
