import { createAgentContext } from '../agent/context.ts';
import { analyzeContext } from '../agent/tasks/analyze-context.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import { type Plan, plan as planSchema } from '../core/events/parts.ts';
import { judgeDesignApproval } from '../core/policies/approval.ts';
import { expiryOf } from '../core/policies/expiry.ts';
import { planDigest } from '../core/policies/plan-digest.ts';
import { foldDrafts } from '../core/state.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';
import { renderApprovalRequest } from '../report/approval.ts';
import { prefixOf } from '../report/render-options.ts';
import { readIssueText } from './issue-text.ts';
import { answerMaterial, feedbackMaterial, researchMaterial } from './material.ts';
import { findOutdated, findReconfigured } from './outdated.ts';
import { getContext, viewProject } from './project-view.ts';

/** A plan somebody can approve: bound by its digest to everything it was made from. */
export const proposeDesign: Step = async (context) => {
  const outdated = findReconfigured(context, 'the context') ?? (await findOutdated(context, 'the context'));
  if (outdated) return outdated;
  const agent = await createAgentContext(context, { stepId: 'DESIGN' });
  await agent.workspace.reset(getContext(context).baseSha);
  const { submitted } = await analyzeContext(agent, {
    kind: 'design',
    brief: await viewProject(context),
    material: [...researchMaterial(context), ...answerMaterial(context), ...feedbackMaterial(context)],
    schema: planSchema,
  });
  const plan = redactPlan(submitted, context.redact);
  const model = (await context.model()).name;
  const digest = digestPlan(context, plan, model);
  const proposed = createDraft('DESIGN.PROPOSED', {
    digest,
    plan,
    revision: (context.state.design?.revision ?? 0) + 1,
    model,
  });
  const { required, reasons } = judgeDesignApproval({
    config: context.config,
    plan,
    labels: (await context.issue()).labels,
  });
  const summary = `${formatCount(plan.steps.length, 'step')}, ${plan.risk} risk`;
  if (!required) {
    const granted = createDraft('APPROVAL.GRANTED', {
      kind: 'design',
      digest,
      by: 'rule',
      reason: 'low risk, and approval.design is auto',
    });
    return { status: 'completed', summary, events: [proposed, granted], intents: [] };
  }
  const expiresAt = toExpiry(context);
  const requested = createDraft('APPROVAL.REQUESTED', { kind: 'design', digest, reasons, expiresAt });
  return askForApproval(context, { events: [proposed, requested], digest, expiresAt, summary });
};

type Request = { events: EventDraft[]; digest: string; expiresAt: string; summary: string };

/** Asks a person for exactly this digest, and shows what it stands for: the plan, or the head of the change. */
export async function askForApproval(
  context: StepContext,
  { events, digest, expiresAt, summary }: Request,
): Promise<StepOutcome> {
  const { issueNumber: issue, state, clock } = context;
  const { title, body: text, comments } = await readIssueText(context);
  const issueText = [title, text, ...comments.map((comment) => `${comment.author}:\n${comment.body}`)]
    .join('\n\n')
    .trim();
  const body = renderApprovalRequest(foldDrafts(state, events, clock.now()), {
    issue,
    issueText,
    commandPrefix: prefixOf(context.platform.capabilities),
  });
  return {
    status: 'waiting',
    summary: `${summary}: needs approval`,
    for: 'approval',
    command: `tamma approve --issue ${issue} ${digest}`,
    until: expiresAt,
    events,
    intents: [
      {
        kind: 'issue',
        number: issue,
        addLabels: ['tamma:needs-input'],
        comment: { marker: 'approval', body },
      },
    ],
  };
}

/** When a request that is made now is void. */
export function toExpiry({ clock, config }: StepContext): string {
  return expiryOf(clock.now(), config.approval.ttlDays);
}

/** What an approval of this plan is bound to. */
export function digestPlan(context: StepContext, plan: Plan, model: string): string {
  const gathered = getContext(context);
  return planDigest({
    platform: context.platform.id,
    repository: context.platform.repository,
    issue: context.issueNumber,
    inputDigest: gathered.issueDigest,
    baseSha: gathered.baseSha,
    configDigest: gathered.configDigest,
    model,
    plan,
    commands: gathered.commands,
    budget: context.config.budget,
  });
}

function redactPlan(plan: Plan, redact: (text: string) => string): Plan {
  return JSON.parse(redact(JSON.stringify(plan))) as Plan;
}
