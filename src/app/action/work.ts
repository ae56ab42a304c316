import { TammaError } from '../../core/errors.ts';
import { formatUsd } from '../../lib/quantities.ts';
import { renderStepSummary } from '../../report/step-summary.ts';
import { orchestrate } from '../orchestrate.ts';
import { queryOfIssue, readEvents } from '../read-state.ts';
import type { OrchestrateReport, StepReport } from '../reports.ts';
import { runLoop } from '../run-loop.ts';
import { runStep } from '../run-step.ts';
import type { Runtime } from '../runtime.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { findWorst, toOutputs } from './outputs.ts';

/** One step of one issue, or all up to the next wait. */
export async function workOnIssue(context: ActionContext, issue: number): Promise<ActionResult> {
  const runtime = await context.runtime();
  const { dryRun, untilWait } = context.inputs;
  const reports =
    untilWait && !dryRun ? await runLoop(runtime, { issue }) : [await runStep(runtime, { issue, dryRun })];
  return conclude(context, runtime, reports);
}

/** One round over all issues. With `until-wait` every issue that got a step goes on until somebody is needed. */
export async function workOnAll(context: ActionContext): Promise<ActionResult> {
  const runtime = await context.runtime();
  const { dryRun, untilWait } = context.inputs;
  const round = await orchestrate(runtime, { dryRun });
  const reports = round.picked.flatMap(({ report }) => (report ? [report] : []));
  if (untilWait) {
    for (const { issue } of reports.filter(({ progressed }) => progressed))
      reports.push(...(await runLoop(runtime, { issue })));
  }
  const result = await conclude(context, runtime, reports);
  const issues = JSON.stringify(round.picked.map(({ issue }) => issue));
  const summary = [describeRound(round), result.summary].filter((part) => part).join('\n\n');
  return { ...result, outputs: { ...result.outputs, issues }, summary };
}

async function conclude(
  { host, inputs }: ActionContext,
  runtime: Runtime,
  reports: StepReport[],
): Promise<ActionResult> {
  const newest = new Map(reports.map((report) => [report.issue, report]));
  const status = findWorst([...newest.values()].map((report) => report.status));
  const summaries: string[] = [];
  for (const report of newest.values()) {
    tell(host, report);
    summaries.push(await summarise(runtime, report, reports));
  }
  return {
    exitCode: exitCodeOf([...newest.values()], inputs.failOnEscalation),
    outputs: toOutputs(reports, status),
    summary: summaries.join('\n\n'),
  };
}

/** What somebody should see without opening the log. */
function tell(host: ActionContext['host'], { issue, status, error, state, summary }: StepReport): void {
  if (error) host.annotate('error', `Issue ${issue}`, `${error.message}\n${error.help}`);
  else if (status === 'escalated')
    host.annotate('warning', `Issue ${issue} needs a person`, state.escalation?.summary ?? summary);
  else if (state.wait?.command)
    host.annotate('notice', `Issue ${issue} waits for ${state.wait.for}`, state.wait.command);
}

function exitCodeOf(reports: readonly StepReport[], failOnEscalation: boolean): number {
  const failed = reports.find(({ status }) => status === 'failed');
  if (failed) return failed.error?.exitCode ?? 1;
  return failOnEscalation && reports.some(({ status }) => status === 'escalated') ? 3 : 0;
}

async function summarise(
  runtime: Runtime,
  { issue, state }: StepReport,
  reports: readonly StepReport[],
): Promise<string> {
  const decided = reports.filter((report) => report.issue === issue);
  const text = renderStepSummary(state, {
    issue,
    decided,
    events: await readEvents(runtime.store, queryOfIssue(issue)),
    head: await runtime.store.head(),
  });
  return runtime.redactor.redact(text);
}

function describeRound({ picked, waiting, queue }: OrchestrateReport): string {
  const lines = [
    ...picked
      .filter(({ report }) => report === null)
      .map(({ issue, because }) => `- #${issue} would run: ${because}`),
    ...waiting.map(
      ({ issue, for: what, command }) => `- #${issue} waits for ${what}${command ? `: \`${command}\`` : ''}`,
    ),
    ...(queue.length > 0 ? [`- queued: ${queue.map((issue) => `#${issue}`).join(', ')}`] : []),
  ];
  if (lines.length > 0) return ['## Issues', ...lines].join('\n');
  return picked.length === 0 ? 'Nothing to do: no issue is eligible, and none can go on.' : '';
}

/** Where all issues stand. */
export async function reportAll(context: ActionContext): Promise<ActionResult> {
  const { readAllStatus } = await import('../status.ts');
  const { renderStickyComment } = await import('../../report/sticky-comment.ts');
  const all = await readAllStatus(await context.runtime());
  const cost = all.reduce((sum, { state }) => sum + state.costUsd, 0);
  const parts = all.map(({ issue, state }) => `## #${issue}\n\n${renderStickyComment(state, { issue })}`);
  return {
    exitCode: 0,
    outputs: {
      status: all.length > 0 ? 'done' : 'idle',
      issues: JSON.stringify(all.map(({ issue }) => issue)),
      'cost-usd': String(cost),
    },
    summary: [`${all.length} issues, ${formatUsd(cost)}`, ...parts].join('\n\n'),
  };
}

/** Checks the log. Throws LOG_CORRUPT, naming the first damage. */
export async function checkLog(context: ActionContext): Promise<ActionResult> {
  const { store } = await context.runtime();
  const { ok, events, head, problems } = await store.verify();
  if (!ok) {
    const [first] = problems;
    throw new TammaError(
      'LOG_CORRUPT',
      `the log is damaged in ${problems.length} places, first ${first?.place}: ${first?.message}`,
    );
  }
  return {
    exitCode: 0,
    outputs: { status: 'done', position: String(head.position) },
    summary: `The log verifies: ${events} events, head ${head.position} \`${head.hash}\``,
  };
}
