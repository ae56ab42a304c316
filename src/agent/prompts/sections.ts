import type { Plan, Report } from '../../core/events/parts.ts';
import type { Material, ProjectBrief } from '../brief.ts';
import { wrapOutput } from '../command-output.ts';
import { wrapCode, wrapSource } from '../tools/wrap.ts';

/** The values of the placeholders. Nothing in them may differ between two runs of the same work: recordings match on them. */
export function renderIssue({ title, body, comments }: ProjectBrief['issue']): string {
  const replies = comments.map((comment) => `Comment by ${comment.author}:\n${comment.body}`);
  return `The issue:\n${wrapSource('issue', [`Title: ${title}`, body, ...replies].join('\n\n').trim())}`;
}

export function renderProject({ context, map, namedFiles, recentCommits }: ProjectBrief): string {
  const parts = [
    `Files:\n${map}`,
    ...(namedFiles.length > 0 ? [`Named in the issue:\n${namedFiles.join('\n')}`] : []),
    ...(recentCommits.length > 0 ? [`Last commits:\n${recentCommits.join('\n')}`] : []),
  ];
  return `The project (${context.project}):\n${wrapSource('repository', parts.join('\n\n'))}`;
}

export function renderMaterial(material: readonly Material[]): string {
  return material
    .filter(({ text }) => text.trim() !== '')
    .map(({ title, text }) => `${title}:\n${wrapSource(title, text)}`)
    .join('\n\n');
}

export function renderPlan(plan: Plan): string {
  const steps = plan.steps.map(({ title, detail, files }, index) => {
    const list = files.length > 0 ? `\n   Files: ${files.join(', ')}` : '';
    return `${index + 1}. ${title}${detail ? `\n   ${detail}` : ''}${list}`;
  });
  const dependencies =
    plan.newDependencies.length > 0 ? [`New dependencies: ${plan.newDependencies.join(', ')}`] : [];
  const text = [plan.summary, steps.join('\n'), `Tests: ${plan.testPlan}`, ...dependencies].join('\n\n');
  return `The plan, which was approved:\n${wrapSource('plan', text)}`;
}

export type NamedReport = { gateId: string; report: Report };

export function renderReports(reports: readonly NamedReport[]): string {
  return reports.map(renderReport).join('\n\n');
}

function renderReport({ gateId, report }: NamedReport): string {
  const findings = report.findings.map(({ severity, path, line, rule, message }) => {
    const place = path ? ` ${path}${line ? `:${line}` : ''}` : '';
    return `- ${severity}${place}${rule ? ` [${rule}]` : ''}: ${message}`;
  });
  const text = [report.summary, ...findings].join('\n');
  const output = report.output ? `\nWhat was printed:\n${wrapOutput(report.output)}` : '';
  return `Report of the ${gateId} gate:\n${wrapSource(`report ${gateId}`, text)}${output}`;
}

export function renderPatch(patch: string): string {
  return `The change, as a unified diff:\n${wrapCode('patch', patch)}`;
}

export function renderCommands(approved: readonly string[]): string {
  const list = approved.map((command) => `\`${command}\``);
  return list.length > 0 ? `You can run ${list.join(', ')} with run_command.` : 'No command can be run here.';
}
