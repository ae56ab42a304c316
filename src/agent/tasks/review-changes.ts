import { z } from 'zod';
import { finding, type Plan } from '../../core/events/parts.ts';
import type { Material, ProjectBrief } from '../brief.ts';
import type { AgentContext } from '../context.ts';
import type { AgentResult } from '../loop.ts';
import { renderIssue, renderMaterial, renderPatch, renderPlan, renderProject } from '../prompts/sections.ts';
import { readTools } from '../tools/index.ts';
import { runTask } from './run-task.ts';

const score = z.number().min(0).max(10);

export const review = z.strictObject({
  verdict: z.enum(['approve', 'request-changes']),
  summary: z.string().min(1).max(500).describe('The judgement in a sentence or two.'),
  findings: z.array(finding).max(30).default([]),
  scores: z
    .strictObject({ correctness: score, safety: score, tests: score, readability: score })
    .partial()
    .optional()
    .describe('0 to 10 each.'),
});

export type Review = z.infer<typeof review>;

export type ReviewOptions = {
  /** The change as a unified diff, cut where it is too long. */
  patch: string;
  brief: ProjectBrief;
  plan: Plan;
  material?: readonly Material[];
};

/** A model's opinion of the change. Writes nothing and runs nothing. Throws what `runAgent` throws. */
export function reviewChanges(context: AgentContext, options: ReviewOptions): Promise<AgentResult<Review>> {
  const { patch, brief, plan, material = [] } = options;
  return runTask(context, {
    name: 'review',
    values: {
      issue: renderIssue(brief.issue),
      plan: renderPlan(plan),
      patch: renderPatch(patch),
      project: renderProject(brief),
      material: renderMaterial(material),
    },
    tools: readTools,
    submit: { schema: review, description: 'Ends the task with your verdict.' },
  });
}
