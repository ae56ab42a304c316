import type { LoggedEvent } from '../../core/events/event.ts';
import { keyOf, listDecisions } from '../../core/replay/decisions.ts';
import { describeStatus } from '../../core/vocabulary.ts';
import { listAnnotations } from '../../report/annotations.ts';
import { describeNeed } from '../../report/need.ts';
import { prefixOf, type RenderOptions } from '../../report/render-options.ts';
import { type DecidedStep, renderStepSummary } from '../../report/step-summary.ts';
import { toInline } from '../../report/untrusted.ts';
import type { Linked } from '../chain.ts';
import { explainMissing } from '../credentials/routes.ts';
import { queryOfIssue, readEvents } from '../read-state.ts';
import type { StepReport } from '../reports.ts';
import type { Runtime } from '../runtime.ts';
import { tellTrouble } from '../tell-trouble.ts';
import type { ActionContext, ActionResult } from './context.ts';
import { findWorst, toOutputs } from './outputs.ts';

/** What the run came to: annotations, summary, outputs, exit code. */
export async function conclude(
  context: ActionContext,
  runtime: Runtime,
  { reports, links }: { reports: readonly StepReport[]; links: readonly Linked[] },
): Promise<ActionResult> {
  const { host, inputs } = context;
  const newest = [...new Map(reports.map((report) => [report.issue, report])).values()];
  const cutOff = newest.filter((report) => isCutOff(context, report));
  const ended = newest.filter((report) => !cutOff.includes(report));
  for (const { issue } of cutOff)
    host.annotate(
      'notice',
      `Issue ${issue}`,
      'The job’s time is up: the work is saved and goes on in another run.',
    );
  const commandPrefix = prefixOf(runtime.platform.capabilities);
  for (const report of ended) tell(host, report, { issue: report.issue, commandPrefix });
  for (const { issue, error } of ended) if (error && !inputs.dryRun) await tellTrouble(runtime, issue, error);
  for (const linked of links) {
    if (linked.status === 'ended' && linked.isTrouble)
      host.annotate(linked.error ? 'error' : 'warning', 'Next run', linked.because);
  }
  const summaries = await Promise.all(newest.map((report) => summarise(runtime, report, reports)));
  const status = findWorst([
    ...ended.map((report) => report.status),
    ...cutOff.map(() => 'waiting' as const),
    ...(exitCodeOfLinks(links) > 0 ? ['failed' as const] : []),
  ]);
  return {
    exitCode: exitCodeOf(ended, inputs.failOnEscalation) || exitCodeOfLinks(links),
    outputs: toOutputs(reports, status),
    summary: [
      ...summaries,
      explainMissing(newest.find(({ error }) => error?.code === 'KEY_MISSING')?.error),
      runtime
        .paidBy()
        .map((line) => `- ${toInline(line, 300)}`)
        .join('\n'),
      describeLinks(links),
    ]
      .filter((part) => part)
      .join('\n\n'),
  };
}

/** The job's time is up, and nothing else is wrong. */
export function isCutOff({ deadline }: Pick<ActionContext, 'deadline'>, { error }: StepReport): boolean {
  return error?.code === 'INTERRUPTED' && deadline.signal.aborted;
}

function describeLinks(links: readonly Linked[]): string {
  const lines = links.map((linked) => {
    if (linked.status === 'ended') return linked.isTrouble ? `Not continued: ${linked.because}` : '';
    const what =
      linked.issue === null ? 'the round that picks what comes next' : `the next step of #${linked.issue}`;
    return `Started [${what}](${linked.run.url})`;
  });
  return lines.filter((line) => line).join('\n');
}

/** What somebody should see without opening the log. */
function tell(host: ActionContext['host'], report: StepReport, options: RenderOptions): void {
  const { issue, status, error, state, summary } = report;
  if (error) host.annotate('error', `Issue ${issue}`, `${error.message}\n${error.help}`);
  else if (status === 'escalated')
    host.annotate('warning', `Issue ${issue} needs a person`, state.escalation?.summary ?? summary);
  else if (state.status === 'waiting') {
    const { text, commands } = describeNeed(state, options);
    host.annotate('notice', `Issue ${issue} is ${describeStatus(state)}`, [text, ...commands].join(': '));
  }
  for (const { level, title, text, ...place } of listAnnotations(state, report.step))
    host.annotate(level, title, text, place);
}

function exitCodeOf(reports: readonly StepReport[], failOnEscalation: boolean): number {
  const failed = reports.find(({ status }) => status === 'failed');
  if (failed) return failed.error?.exitCode ?? 1;
  return failOnEscalation && reports.some(({ status }) => status === 'escalated') ? 3 : 0;
}

/** What was done is recorded, but nothing would follow before the schedule comes: a green run would hide it. */
function exitCodeOfLinks(links: readonly Linked[]): number {
  const broken = links.find((linked) => linked.status === 'ended' && linked.error);
  return broken?.status === 'ended' ? (broken.error?.exitCode ?? 0) : 0;
}

async function summarise(
  runtime: Runtime,
  { issue, state }: StepReport,
  reports: readonly StepReport[],
): Promise<string> {
  const events = await readEvents(runtime.store, queryOfIssue(issue), { asSeen: true });
  const own = reports.filter((report) => report.issue === issue);
  const text = renderStepSummary(state, {
    issue,
    decided: withGrounds(runtime, own, events),
    events,
    head: await runtime.store.head({ asSeen: true }),
    commandPrefix: prefixOf(runtime.platform.capabilities),
  });
  return runtime.redactor.redact(text);
}

const DECISIONS = ['WORKFLOW.STEP_STARTED', 'ESCALATION.TRIGGERED'];

/** Each decision of this run with the events it rested on, as the log has them. */
function withGrounds(
  { config }: Runtime,
  reports: readonly StepReport[],
  events: readonly LoggedEvent[],
): DecidedStep[] {
  const decided = events.filter(({ type }) => DECISIONS.includes(type));
  const from = decided.at(-reports.length)?.position ?? 0;
  const grounds = new Map(
    listDecisions(events, { maxAttempts: config.gates.maxAttempts, from }).map(({ key, restedOn }) => [
      key,
      restedOn,
    ]),
  );
  return reports.map(({ decision, summary }) => {
    const restedOn = grounds.get(keyOf(decision));
    return { decision, summary, ...(restedOn ? { restedOn } : {}) };
  });
}
