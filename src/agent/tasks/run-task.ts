import type { z } from 'zod';
import { redactStrings } from '../../core/text/redact-strings.ts';
import type { AgentContext } from '../context.ts';
import { type AgentResult, runAgent } from '../loop.ts';
import type { PromptName, PromptValues } from '../prompts/index.ts';
import { renderPrompt } from '../prompts/render.ts';
import type { Tool } from '../tools/tool.ts';
import type { WritePolicy } from '../tools/write-policy.ts';

export type TaskOptions<N extends PromptName, T> = {
  /** The prompt's name, which is the task's name in the log and the trajectory's too. */
  name: N;
  values: PromptValues<N>;
  tools: readonly Tool[];
  /** Absent: read only. */
  mayWrite?: WritePolicy;
  submit: { schema: z.ZodType<T>; description: string };
};

/** Renders the prompts and runs the loop: what the four tasks have in common. */
export async function runTask<N extends PromptName, T>(
  context: AgentContext,
  { name, values, tools, mayWrite, submit }: TaskOptions<N, T>,
): Promise<AgentResult<T>> {
  const { model, limits, temperature, workspace, runCommand, redact, report, clock, signal } = context;
  return runAgent({
    task: name,
    system: renderPrompt('system', {}, await context.promptOverride('system')),
    prompt: renderPrompt(name, values, await context.promptOverride(name)),
    tools,
    toolContext: {
      workspace,
      redact,
      ...(mayWrite ? { mayWrite } : {}),
      ...(runCommand ? { runCommand } : {}),
    },
    submit,
    model,
    limits,
    ...(temperature === undefined ? {} : { temperature }),
    saveTrajectory: (trajectory) => context.saveTrajectory(name, redactStrings(trajectory, redact)),
    report,
    clock,
    signal,
  });
}
