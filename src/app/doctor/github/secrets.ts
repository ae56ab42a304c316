import { z } from 'zod';
import { type Finding, fault, ok, unknown, warn } from '../finding.ts';
import { listWaysIn } from './branch-filter.ts';
import type { SiteCheck, SiteContext } from './context.ts';
import { findTamma } from './tamma-steps.ts';
import type { WorkflowFacts } from './workflow-facts.ts';

/**
 * What a branch of Tamma's could get at. Its changes never touch workflow files, but workflows run code of the branch:
 * whoever got a model to write that code gets what they hand to it.
 */
export const checkSecrets: SiteCheck = async (context) => {
  const open = [...listReached(context), ...listForeign(context), ...(await listEnvironments(context))];
  return open.length > 0 ? open : ok('secrets', 'no workflow hands one to what runs on tamma/** branches');
};

function listOthers({ workflows }: SiteContext): WorkflowFacts[] {
  const own = new Set(findTamma(workflows).map(({ workflow }) => workflow.path));
  return workflows.filter(({ path }) => !own.has(path));
}

function listReached(context: SiteContext): Finding[] {
  const { facts, site } = context;
  return listOthers(context).flatMap((workflow) => {
    const ways = listWaysIn(workflow, facts.default_branch);
    const names = [...new Set(workflow.jobs.flatMap(listHanded))];
    if (ways.length === 0 || names.length === 0) return [];
    return warn(
      'secrets',
      `${workflow.path} hands ${names.join(', ')} to code of tamma/** branches (on ${ways.join(', ')})`,
      {
        help: ways.includes('push')
          ? 'Give `push` a filter such as `branches: [main]`, or move them to an environment for chosen branches.'
          : 'Move them to a workflow that runs after the merge, or to an environment for chosen branches.',
        link: `${site.pageUrl}/blob/${facts.default_branch}/${workflow.path}`,
      },
    );
  });
}

function listHanded({ secrets, permissions }: WorkflowFacts['jobs'][number]): string[] {
  const hasOidc = typeof permissions === 'object' && permissions?.['id-token'] === 'write';
  return [
    ...secrets.map((name) => (name === '*' ? 'all secrets' : name)),
    ...(hasOidc ? ['an OIDC token'] : []),
  ];
}

/** They run with the secrets of the default branch; with the code of a pull request checked out that is anybody's. */
function listForeign(context: SiteContext): Finding[] {
  const { site, facts } = context;
  return context.workflows.flatMap((workflow) => {
    const event = ['pull_request_target', 'workflow_run'].find((name) => workflow.triggers.has(name));
    if (!event || !workflow.jobs.some(({ takesForeignHead }) => takesForeignHead)) return [];
    return fault(
      'secrets',
      `${workflow.path} checks out proposed code on ${event}, with secrets and a token that may write`,
      {
        help: 'Use pull_request, or do not check that code out.',
        link: `${site.pageUrl}/blob/${facts.default_branch}/${workflow.path}`,
      },
    );
  });
}

const environments = z.object({
  environments: z.array(
    z.object({
      name: z.string(),
      deployment_branch_policy: z.object({ protected_branches: z.boolean() }).nullish(),
    }),
  ),
});

/** A job of any branch may name an environment without a branch policy, and gets its secrets. */
async function listEnvironments({ site, workflows, facts }: SiteContext): Promise<Finding[]> {
  const look = await site.look(environments, '/environments', { per_page: 100 });
  const link = `${site.pageUrl}/settings/environments`;
  if (look.status === 'missing') return [];
  if (look.status === 'forbidden') {
    const help = `Run \`tamma doctor\` with a token that has ${look.needs || 'actions: read'}, or look yourself.`;
    return [unknown('secrets', 'environments: this token may not look', { help, link })];
  }
  const open = look.data.environments.filter((environment) => !environment.deployment_branch_policy);
  const reached = workflows
    .filter((workflow) => listWaysIn(workflow, facts.default_branch).length > 0)
    .flatMap(({ jobs }) => jobs.flatMap(({ environment }) => environment ?? []));
  return open
    .filter(({ name }) => reached.includes(name))
    .map(({ name }) =>
      warn('secrets', `environment ${name} takes every branch, and a workflow of tamma/** branches uses it`, {
        help: 'Choose “Selected branches and tags” for it.',
        link,
      }),
    );
}
