import { z } from 'zod';
import { listApprovedCommands } from '../../core/commands.ts';
import type { Plan } from '../../core/events/parts.ts';
import type { Material, ProjectBrief } from '../brief.ts';
import type { AgentContext } from '../context.ts';
import type { AgentResult } from '../loop.ts';
import {
  renderCommands,
  renderIssue,
  renderMaterial,
  renderPlan,
  renderProject,
} from '../prompts/sections.ts';
import { createWriteTools } from '../tools/index.ts';
import { createWritePolicy } from '../tools/write-policy.ts';
import { runTask } from './run-task.ts';

/** What a task that changed files says of it. It is a word, not a result: files and exit codes decide. */
export const workReport = z.strictObject({
  summary: z.string().min(1).max(2000).describe('What you did, in a few sentences.'),
  undone: z
    .array(z.string().min(1).max(500))
    .max(10)
    .default([])
    .describe('What is missing, wrong with the tests, or suspicious in what you read; empty if nothing.'),
});

export type WorkReport = z.infer<typeof workReport>;

export type GenerateOptions = {
  /** `tests`: only test files may be written. `implement`, `refactor`: everything but the frozen tests. */
  phase: 'tests' | 'implement' | 'refactor';
  brief: ProjectBrief;
  plan: Plan;
  /** Paths that may not be written, because their content was fixed in an earlier phase. */
  frozen?: readonly string[];
  material?: readonly Material[];
};

/** Changes files in the workspace towards the plan. Throws what `runAgent` throws; files written by then stay. */
export function generateCode(
  context: AgentContext,
  options: GenerateOptions,
): Promise<AgentResult<WorkReport>> {
  const { phase, brief, plan, frozen = [], material = [] } = options;
  const approved = context.runCommand ? listApprovedCommands(brief.context.commands) : [];
  return runTask(context, {
    name: phase,
    values: {
      issue: renderIssue(brief.issue),
      plan: renderPlan(plan),
      project: renderProject(brief),
      material: renderMaterial(material),
      commands: renderCommands(approved),
    },
    tools: createWriteTools(approved),
    mayWrite: createWritePolicy({
      onlyTests: phase === 'tests',
      frozen,
      protectedPaths: context.protectedPaths,
    }),
    submit: { schema: workReport, description: 'Ends the task with a report of your work.' },
  });
}
