import { hearDashboard } from '../dashboard.ts';
import { judgeLabel } from '../eligible.ts';
import type { Heard } from '../hear.ts';
import { hearComment } from '../hear-comment.ts';
import { hearReview } from '../hear-review.ts';
import { orchestrate } from '../orchestrate.ts';
import { isWaitOver } from '../poll-waits.ts';
import { readState } from '../read-state.ts';
import type { Runtime } from '../runtime.ts';
import { readAllStatus } from '../status.ts';
import type { ActionContext, ActionResult } from './context.ts';
import type { EventRequest } from './event-request.ts';
import { showDashboard, workOnAll, workOnIssue, workOnIssues } from './work.ts';

/** Does what the event of this run asks for. Everything it names is read again through the platform. */
export async function answerEvent(context: ActionContext): Promise<ActionResult> {
  const { request, inputs } = context;
  if (FROM_PEOPLE.includes(request.kind)) {
    if (inputs.dryRun) return nothing('a dry run carries out nothing that people say');
    const { platform } = await context.runtime();
    // Where issues are files, the issue of an event is another one, and nobody can tell who may do what.
    if (platform.capabilities.issueWrites !== 'api') return nothing('issues are kept in git here');
  }
  switch (request.kind) {
    case 'idle':
      return nothing(request.because);
    case 'orchestrate':
      return workOnAll(context);
    case 'step':
      return workOnIssue(context, request.issue);
    case 'label':
      return answerLabel(context, request);
    case 'comment':
      return answerComment(context, request);
    case 'review':
      return goOnWith(context, [await hearReview(await context.runtime(), request)]);
    case 'wake':
      return wake(context, await listWaiting(await context.runtime(), request.issue));
    case 'wake-deployments':
      return wake(context, await listDeploying(await context.runtime()));
    case 'dashboard':
      return answerDashboard(context, request);
  }
}

const FROM_PEOPLE: readonly EventRequest['kind'][] = ['label', 'comment', 'review', 'dashboard'];

type RequestOf<K extends EventRequest['kind']> = Extract<EventRequest, { kind: K }>;

/** Who may write begins with it; anybody else has only asked, and that is put on record. */
async function answerLabel(context: ActionContext, { issue }: RequestOf<'label'>): Promise<ActionResult> {
  const runtime = await context.runtime();
  const labelled = await runtime.platform.issues.get(issue);
  const { labels, state } = labelled;
  const { include, exclude } = runtime.config.labels;
  const isEligible = labels.some((label) => include.includes(label));
  if (!isEligible || state !== 'open' || labels.some((label) => exclude.includes(label)))
    return nothing('the issue is not eligible');
  const judged = await judgeLabel(runtime, labelled);
  return judged.ok ? workOnAll(context, issue) : nothing(judged.because);
}

async function answerComment(
  context: ActionContext,
  { on, number, id }: RequestOf<'comment'>,
): Promise<ActionResult> {
  const place = { kind: on, number, id } as const;
  return goOnWith(context, [await hearComment(await context.runtime(), place)]);
}

/** After a command the loop goes on at once, where it can. */
function goOnWith(context: ActionContext, heard: readonly Heard[]): Promise<ActionResult> {
  const issues = heard.flatMap((one) => (one.status === 'answered' && one.goOn ? [one.issue] : []));
  const said = heard.map((one) => (one.status === 'ignored' ? one.because : describe(one)));
  for (const line of said) context.host.print(line);
  if (issues.length > 0) return workOnIssues(context, [...new Set(issues)]);
  return Promise.resolve({ exitCode: 0, outputs: outputsOf(heard), summary: '' });
}

function describe({ issue, command, accepted, message }: Extract<Heard, { status: 'answered' }>): string {
  return `#${issue} ${command} ${accepted ? 'accepted' : 'refused'}${message ? `: ${message}` : ''}`;
}

function outputsOf(heard: readonly Heard[]): ActionResult['outputs'] {
  const answered = heard.findLast((one) => one.status === 'answered');
  if (!answered) return { status: 'idle' };
  const { status } = answered.state;
  return {
    status: status === 'waiting' || status === 'escalated' ? status : answered.accepted ? 'done' : 'idle',
    issue: String(answered.issue),
    issues: `[${answered.issue}]`,
  };
}

/** The issue, if what it waits for is over. An event that comes too late or twice finds nothing to do. */
async function listWaiting(runtime: Runtime, issue: number): Promise<number[]> {
  return (await isWaitOver(runtime, await readState(runtime.store, issue))) ? [issue] : [];
}

async function listDeploying(runtime: Runtime): Promise<number[]> {
  const issues: number[] = [];
  for (const { issue, state } of await readAllStatus(runtime)) {
    if (state.wait?.for === 'deployment' && (await isWaitOver(runtime, state))) issues.push(issue);
  }
  return issues;
}

function wake(context: ActionContext, issues: readonly number[]): Promise<ActionResult> | ActionResult {
  return issues.length > 0 ? workOnIssues(context, issues) : nothing('nothing that waits for it can go on');
}

/** The boxes are carried out and emptied; the issues they wake go on. */
async function answerDashboard(
  context: ActionContext,
  { number, by }: RequestOf<'dashboard'>,
): Promise<ActionResult> {
  const runtime = await context.runtime();
  const heard = await hearDashboard(runtime, { number, by });
  if (heard.some(({ status }) => status === 'answered'))
    await showDashboard(runtime, await orchestrate(runtime, { dryRun: true }));
  return goOnWith(context, heard);
}

function nothing(because: string): ActionResult {
  return { exitCode: 0, outputs: { status: 'idle' }, summary: `Nothing to do: ${because}` };
}
