import { prefixOf } from '../../report/render-options.ts';
import { renderRound } from '../../report/round.ts';
import { type Linked, startRun } from '../chain.ts';
import { refreshDashboard } from '../dashboard.ts';
import { withKnownDeaths } from '../dead-runs.ts';
import { orchestrate } from '../orchestrate.ts';
import { readState } from '../read-state.ts';
import { isUnrecorded } from '../record-events.ts';
import type { OrchestrateReport, StepReport } from '../reports.ts';
import { runLoop } from '../run-loop.ts';
import { runStep } from '../run-step.ts';
import type { Runtime } from '../runtime.ts';
import { tellingTrouble } from '../tell-trouble.ts';
import { conclude } from './conclude.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { findLease, goOnAfter } from './go-on.ts';

/** What a run did, and the runs it has started. */
export type Worked = { reports: StepReport[]; links: Linked[] };

/** One step of one issue, or all up to the next wait; then the run that goes on is started. */
export function workOnIssue(context: ActionContext, issue: number): Promise<ActionResult> {
  return workOnIssues(context, [issue]);
}

/** Several issues one after the other; the result is of all. */
export async function workOnIssues(context: ActionContext, issues: readonly number[]): Promise<ActionResult> {
  if (context.inputs.phase === 'gate') return (await import('./gate-job.ts')).gateIssues(context, issues);
  const runtime = await context.runtime();
  const all: Worked = { reports: [], links: [] };
  for (const issue of issues) {
    const { reports, links } = await tellingTrouble(runtime, issue, () =>
      workAndChain(context, runtime, issue),
    );
    all.reports.push(...reports);
    all.links.push(...links);
    if (hasStopped(reports)) break;
  }
  return conclude(context, runtime, all);
}

async function workAndChain(context: ActionContext, runtime: Runtime, issue: number): Promise<Worked> {
  const { inputs } = context;
  if (inputs.dryRun) return { reports: [await runStep(runtime, { issue, dryRun: true })], links: [] };
  const live = await withKnownDeaths(runtime, await readState(runtime.store, issue));
  const leaseMinutes = findLease(context, runtime);
  const reports = inputs.untilWait
    ? await runLoop(live, { issue, leaseMinutes, mayGoOn: () => !context.deadline.isNear() })
    : [await runStep(live, { issue, leaseMinutes })];
  return { reports, links: await goOnAfter(context, runtime, reports.at(-1)) };
}

/** One round over all issues. With `until-wait` every issue that got a step goes on until somebody is needed. */
export async function workOnAll(context: ActionContext, labelled?: number): Promise<ActionResult> {
  const runtime = await context.runtime();
  const { dryRun, untilWait, chain, phase } = context.inputs;
  const links: Linked[] = [];
  const start = async (issue: number) => {
    const linked = await startRun(runtime, { ...context.chain, lineage: 0 }, issue);
    links.push(linked);
    return linked.status === 'started';
  };
  const hasOwnRuns = chain === 'dispatch' && !untilWait && canStart(context, runtime);
  const round = await orchestrate(runtime, {
    dryRun,
    // A job that only decides begins nothing itself.
    listOnly: chain === 'matrix' || (phase === 'gate' && !hasOwnRuns),
    leaseMinutes: findLease(context, runtime),
    ...(hasOwnRuns ? { start } : {}),
    ...(labelled === undefined ? {} : { labelled }),
  });
  const reports = round.picked.flatMap(({ report }) => (report ? [report] : []));
  if (untilWait) {
    for (const report of hasStopped(reports) ? [] : [...reports]) {
      const hasTime = report.progressed && !context.deadline.isNear();
      const { reports: more, links: next } = hasTime
        ? await workAndChain(context, runtime, report.issue)
        : { reports: [], links: await goOnAfter(context, runtime, report) };
      reports.push(...more);
      links.push(...next);
      if (hasStopped(more)) break;
    }
  }
  if (!dryRun) await showDashboard(runtime, round);
  const result = await conclude(context, runtime, { reports, links });
  const wasStarted = round.picked.some(({ dispatched }) => dispatched);
  const outputs = {
    ...result.outputs,
    ...(wasStarted ? { status: 'done' as const } : {}),
    issues: JSON.stringify(round.picked.map(({ issue }) => issue)),
  };
  const told = renderRound(round, prefixOf(runtime.platform.capabilities));
  const summary = [told, result.summary].filter((part) => part).join('\n\n');
  return { ...result, outputs, summary };
}

/** The log did not take what was done: nothing else is, since that would go unrecorded too. */
function hasStopped(reports: readonly StepReport[]): boolean {
  const error = reports.at(-1)?.error;
  return error ? isUnrecorded(error) : false;
}

function canStart({ chain }: ActionContext, { platform }: Runtime): boolean {
  return chain.workflow !== '' && platform.dispatch !== undefined;
}

/** The dashboard is for looking: where it cannot be written, the round has been made all the same. */
export async function showDashboard(
  runtime: Runtime,
  round: Pick<OrchestrateReport, 'picked' | 'queue' | 'held'>,
): Promise<void> {
  try {
    await refreshDashboard(runtime, round);
  } catch (error) {
    const text = `the dashboard was not written: ${error instanceof Error ? error.message : String(error)}`;
    runtime.host.report({ kind: 'note', level: 'warning', text });
  }
}
