import { listApprovedCommands } from '../../core/commands.ts';
import type { Plan } from '../../core/events/parts.ts';
import type { Material, ProjectBrief } from '../brief.ts';
import type { AgentContext } from '../context.ts';
import type { AgentResult } from '../loop.ts';
import {
  type NamedReport,
  renderCommands,
  renderIssue,
  renderMaterial,
  renderPlan,
  renderProject,
  renderReports,
} from '../prompts/sections.ts';
import { createWriteTools } from '../tools/index.ts';
import { createWritePolicy } from '../tools/write-policy.ts';
import { type WorkReport, workReport } from './generate-code.ts';
import { runTask } from './run-task.ts';

export type FixOptions = {
  /** What has to be repaired. */
  reports: readonly NamedReport[];
  brief: ProjectBrief;
  plan: Plan;
  /** Paths that may not be written. */
  frozen?: readonly string[];
  material?: readonly Material[];
};

/** Repairs in the workspace what gates, CI or reviewers reported. Throws what `runAgent` throws; files written by then stay. */
export function suggestFix(context: AgentContext, options: FixOptions): Promise<AgentResult<WorkReport>> {
  const { reports, brief, plan, frozen = [], material = [] } = options;
  const approved = context.runCommand ? listApprovedCommands(brief.context.commands) : [];
  return runTask(context, {
    name: 'repair',
    values: {
      reports: renderReports(reports),
      issue: renderIssue(brief.issue),
      plan: renderPlan(plan),
      project: renderProject(brief),
      material: renderMaterial(material),
      commands: renderCommands(approved),
    },
    tools: createWriteTools(approved),
    mayWrite: createWritePolicy({ onlyTests: false, frozen, protectedPaths: context.protectedPaths }),
    submit: { schema: workReport, description: 'Ends the task with a report of your work.' },
  });
}
