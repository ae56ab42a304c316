import type { Step } from '../ports/step.ts';
import { renderPullRequestBody } from '../report/pull-request.ts';
import { confirmHead } from './head.ts';
import { getContext } from './project-view.ts';

/** Opens the pull request, or brings the open one up to date: with the plan, the evidence and the gates as they stand. */
export const openPullRequest: Step = async (context) => {
  const { state, issueNumber: issue, platform } = context;
  const { sha, branch } = await confirmHead(context);
  const { baseBranch, sandbox } = getContext(context);
  const warnings = sandbox.startsWith('none') ? [`commands ran without a sandbox: ${sandbox}`] : [];
  return {
    status: 'completed',
    summary: state.pull
      ? `pull request ${state.pull.number} brought up to date`
      : `pull request for ${branch}`,
    events: [],
    intents: [
      {
        kind: 'pull-request',
        issue,
        branch,
        base: baseBranch,
        head: sha,
        title: `[Tamma] ${state.issue?.title ?? ''}`.slice(0, 120),
        body: renderPullRequestBody(state, { issue, warnings }),
        draft: platform.capabilities.draftPulls,
        labels: ['tamma'],
      },
    ],
  };
};
