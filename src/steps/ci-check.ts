import type { EventDraft } from '../core/events/event.ts';
import type { Intent, IntentOf } from '../core/intents.ts';
import { foldDrafts } from '../core/state.ts';
import { formatCount } from '../lib/quantities.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';
import { renderBlockedRuns } from '../report/blocked-runs.ts';
import { type CiView, describeChecks, toStatusEvent, viewChecks } from './ci-status.ts';
import { judgeCi } from './ci-verdict.ts';
import { toOutcome } from './gate-outcome.ts';
import { getHead } from './head.ts';
import { toPullRequest } from './pr-creation.ts';
import { readReviewRequests } from './review-threads.ts';

/**
 * What the platform's own checks and the reviewers say of the pull request. Where there are none, that is said and the
 * loop goes on; what failed and what was asked for goes back to CODE_GENERATION as one report.
 */
export const checkCi: Step = async (context) => {
  const head = getHead(context);
  const { config, platform } = context;
  const { ci, id } = platform;
  if (!ci) {
    const events = [toStatusEvent({ status: 'none', checks: [] }, head.sha)];
    const reason = `${id} has no CI of its own: the gates above stand for it`;
    return { status: 'skipped', reason, events, intents: [] };
  }
  const view = viewChecks(await ci.checks(head.sha, context.state.context?.baseBranch), config.ci.workflow);
  const requests = await readReviewRequests(context, head.sha);
  const events = [toStatusEvent(view, head.sha)];
  if (view.isRunning) return waiting(describeChecks(view), events);
  if (view.status !== 'failed' && requests.findings.length === 0) {
    const start = view.isIdle ? toDispatch(context) : undefined;
    if (start) return waiting(`${start.workflow} is started on the branch`, events, [start]);
    if (view.status === 'pending') return waitForPeople(context, view, events);
    if (view.status === 'none')
      return { status: 'completed', summary: describeChecks(view), events, intents: requests.answered };
  }
  const judged = await toOutcome(context, [judgeCi(context, view, requests.findings)]);
  const intents = judged.status === 'completed' ? requests.answered : [];
  return { ...judged, events: [...events, ...judged.events], intents };
};

/** The project's own CI on our branch, where runs of the pull request would wait for a person, or there are none. */
function toDispatch({ config, state }: StepContext): IntentOf<'dispatch'> | undefined {
  const { workflow } = config.ci;
  if (!workflow || !state.branch || !state.head) return undefined;
  const run = { purpose: 'ci' as const, workflow, ref: state.branch };
  return { kind: 'dispatch', ...run, since: null, head: state.head.sha, contains: null };
}

/** Nothing moves by itself: runs that somebody must allow, or checks that the rules want and nothing reports. */
async function waitForPeople(
  context: StepContext,
  view: CiView,
  events: readonly EventDraft[],
): Promise<StepOutcome> {
  const { clock, issueNumber, state } = context;
  const held = view.checks.filter(({ needsApproval }) => needsApproval);
  if (held.length === 0) return waiting(describeChecks(view), events, await makeReady(context));
  const ahead = foldDrafts(state, events, clock.now());
  const comment = { marker: 'ci', body: renderBlockedRuns(ahead, held) };
  return waiting(`${formatCount(held.length, 'run')} will not start before a person allows them`, events, [
    { kind: 'issue', number: issueNumber, addLabels: ['tamma:needs-input'], comment },
  ]);
}

/** Many projects check a pull request only once it is no draft any more. */
async function makeReady(context: StepContext): Promise<Intent[]> {
  const branch = context.state.branch ?? '';
  const pull = await context.platform.pulls.find(branch);
  return pull?.draft ? [toPullRequest(context, { branch, draft: false })] : [];
}

function waiting(
  summary: string,
  events: readonly EventDraft[],
  intents: readonly Intent[] = [],
): StepOutcome {
  return { status: 'waiting', for: 'ci', summary, events: [...events], intents: [...intents] };
}
