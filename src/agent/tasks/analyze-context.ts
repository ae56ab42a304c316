import type { z } from 'zod';
import type { Material, ProjectBrief } from '../brief.ts';
import type { AgentContext } from '../context.ts';
import type { AgentResult } from '../loop.ts';
import { renderIssue, renderMaterial, renderProject } from '../prompts/sections.ts';
import { readTools } from '../tools/index.ts';
import { runTask } from './run-task.ts';

export type AnalyzeOptions<T> = {
  kind: 'research' | 'ambiguity' | 'design';
  brief: ProjectBrief;
  material?: readonly Material[];
  /** The answer; it must describe an object. */
  schema: z.ZodType<T>;
};

const descriptions = {
  research: 'Ends the task with what you found.',
  ambiguity: 'Ends the task with your judgement.',
  design: 'Ends the task with your plan.',
} as const;

/** Reads the project and answers in the form of `schema`. Writes nothing and runs nothing. Throws what `runAgent` throws. */
export function analyzeContext<T>(
  context: AgentContext,
  options: AnalyzeOptions<T>,
): Promise<AgentResult<T>> {
  const { kind, brief, material = [], schema } = options;
  return runTask(context, {
    name: kind,
    values: {
      issue: renderIssue(brief.issue),
      project: renderProject(brief),
      material: renderMaterial(material),
    },
    tools: readTools,
    submit: { schema, description: descriptions[kind] },
  });
}
