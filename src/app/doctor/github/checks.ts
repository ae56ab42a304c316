import { TammaError } from '../../../core/errors.ts';
import type { Site } from '../../github-site.ts';
import { attempt, toProblem } from '../attempt.ts';
import type { Finding } from '../finding.ts';
import { checkActions, checkWorkflowDefaults } from './actions.ts';
import { checkDefaultBranch, checkLogBranch, checkWorkBranches } from './branches.ts';
import { repositoryFacts, type SiteCheck, type SiteContext } from './context.ts';
import { checkKey } from './key.ts';
import { checkPullChecks } from './pull-checks.ts';
import { checkLabels, checkSettings } from './repository.ts';
import { checkSecrets } from './secrets.ts';
import { checkPermissions, checkToken } from './token.ts';
import { checkWorkflow } from './workflow.ts';

/** One row a check, in the order in which a reader looks for what is wrong. */
export const siteChecks: readonly (readonly [title: string, check: SiteCheck])[] = [
  ['token', checkToken],
  ['permissions', checkPermissions],
  ['settings', checkSettings],
  ['labels', checkLabels],
  ['workflow', checkWorkflow],
  ['key', checkKey],
  ['actions', checkActions],
  ['actions', checkWorkflowDefaults],
  ['pull request checks', checkPullChecks],
  ['branch rules', checkDefaultBranch],
  ['work branches', checkWorkBranches],
  ['log branch', checkLogBranch],
  ['secrets', checkSecrets],
];

/** What is set up at GitHub. Reads, and asks for what can only fail; writes nothing. Never throws. */
export async function examineSite(
  site: Site,
  project: ProjectFacts,
  checks: typeof siteChecks = siteChecks,
): Promise<Finding[]> {
  let context: SiteContext;
  try {
    context = await readContext(site, project);
  } catch (thrown) {
    return [toProblem('token', thrown)];
  }
  const found: Finding[] = [];
  for (const [title, check] of checks) found.push(...(await attempt(title, () => check(context))));
  return found;
}

/** Of the default branch. */
export type ProjectFacts = Pick<SiteContext, 'config' | 'workflows'>;

async function readContext(site: Site, project: ProjectFacts): Promise<SiteContext> {
  const look = await site.look(repositoryFacts, '');
  if (look.status !== 'seen')
    throw new TammaError('PLATFORM_AUTH', `this token does not see ${site.pageUrl}: ${look.message}`);
  return {
    site,
    facts: look.data,
    scopes: (await site.listScopes()) ?? null,
    ...project,
  };
}
