import { ok, warn } from '../finding.ts';
import { listWaysIn } from './branch-filter.ts';
import type { SiteCheck } from './context.ts';
import { findTamma } from './tamma-steps.ts';

/**
 * Whether CI runs on Tamma's pull requests. Runs for those that the job's token opens wait until somebody with write
 * access allows them, each time (GitHub's changelog, 2026-06-11).
 */
export const checkPullChecks: SiteCheck = ({ workflows, facts, config, site }) => {
  const tamma = findTamma(workflows);
  const own = new Set(tamma.map(({ workflow }) => workflow.path));
  const waiting = workflows.filter(
    (workflow) => !own.has(workflow.path) && listWaysIn(workflow, facts.default_branch).length > 0,
  );
  const names = waiting.map(({ path }) => path.split('/').at(-1)).join(', ');
  if (waiting.length === 0)
    return ok('pull request checks', 'no workflow runs on pull requests: Tamma’s own gates stand for it');
  if (tamma.some(({ hasApp }) => hasApp))
    return ok('pull request checks', `${names} start by themselves: an App opens the pull requests`);
  if (config.ci.workflow)
    return ok('pull request checks', `${config.ci.workflow} is started by Tamma on its branch`);
  return warn('pull request checks', `${names} wait for a click: the job’s token opens the pull requests`, {
    help: 'Give Tamma a GitHub App (inputs app-id and app-private-key), or name a workflow with workflow_dispatch as ci.workflow in .tamma/config.yml; or click.',
    link: `${site.pageUrl}/settings/actions`,
  });
};
