import type { Intent } from '../core/intents.ts';
import type { Step, StepContext } from '../ports/step.ts';
import { renderPullRequestBody } from '../report/pull-request.ts';
import { prefixOf } from '../report/render-options.ts';
import { confirmHead, getHead } from './head.ts';
import { getContext } from './project-view.ts';

/** Opens the pull request, or brings the open one up to date: with the plan, the evidence and the gates as they stand. */
export const openPullRequest: Step = async (context) => {
  const { state, platform } = context;
  const { branch } = await confirmHead(context);
  return {
    status: 'completed',
    summary: state.pull
      ? `pull request ${state.pull.number} brought up to date`
      : `pull request for ${branch}`,
    events: [],
    intents: [toPullRequest(context, { branch, draft: platform.capabilities.draftPulls })],
  };
};

/** The pull request as it should be now: a draft until the checks are green, then ready for review. */
export function toPullRequest(
  context: StepContext,
  { branch, draft }: { branch: string; draft: boolean },
): Intent {
  const { state, issueNumber: issue, platform } = context;
  const { baseBranch, sandbox } = getContext(context);
  const warnings = sandbox.startsWith('none') ? [`commands ran without a sandbox: ${sandbox}`] : [];
  const commandPrefix = prefixOf(platform.capabilities);
  return {
    kind: 'pull-request',
    issue,
    branch,
    base: baseBranch,
    head: getHead(context).sha,
    title: `[Tamma] ${state.issue?.title ?? ''}`.slice(0, 120),
    body: renderPullRequestBody(state, { issue, warnings, commandPrefix, anchor: context.anchor?.() }),
    draft,
    labels: ['tamma'],
  };
}
