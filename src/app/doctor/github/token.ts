import { z } from 'zod';
import type { Site } from '../../github-site.ts';
import { type Finding, fault, ok } from '../finding.ts';
import type { SiteCheck, SiteContext } from './context.ts';
import { listNeeded, type PermissionName } from './needed-permissions.ts';

const TOKENS =
  'https://docs.github.com/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens';

const kinds: Readonly<Record<Site['tokenKind'], string>> = {
  job: 'the token of this job (GITHUB_TOKEN)',
  app: 'a token of a GitHub App',
  'fine-grained': 'a fine-grained personal token',
  classic: 'a classic personal token',
  oauth: 'a token of the gh command line or another OAuth app',
  unknown: 'a token of a form that is not known',
};

export const checkToken: SiteCheck = async ({ site, scopes, facts }) => {
  const account = await site.account().catch(() => 'nobody it names');
  const text = `${kinds[site.tokenKind]}, as ${account}${scopes ? `; scopes: ${scopes.join(', ') || 'none'}` : ''}`;
  if (!scopes) return ok('token', text);
  const isEnough = scopes.includes('repo') || (!facts.private && scopes.includes('public_repo'));
  if (isEnough) return ok('token', text);
  return fault('token', text, {
    help: 'Give it the scope `repo`; `workflow` as well to propose workflow files with `tamma init --pr`.',
    link: TOKENS,
  });
};

type Probe = {
  method: string;
  route: string;
  parameters(branch: string): Record<string, unknown>;
};

/** Requests that can only fail, whoever asks: each names what is not there. Refused with 403, the permission is missing. */
const writes: Partial<Record<PermissionName, Probe>> = {
  contents: {
    method: 'POST',
    route: '/git/refs',
    parameters: () => ({ ref: 'refs/heads/tamma-doctor', sha: '0'.repeat(40) }),
  },
  // Labels and comments would do with pull-requests as well. Without a title there is no issue.
  issues: {
    method: 'POST',
    route: '/issues',
    parameters: () => ({ title: '', milestone: 2_147_483_647 }),
  },
  // A branch into itself is nothing that could be opened.
  'pull-requests': {
    method: 'POST',
    route: '/pulls',
    parameters: (branch) => ({ head: branch, base: branch, title: 'tamma doctor' }),
  },
  actions: {
    method: 'POST',
    route: '/actions/workflows/{workflow_id}/dispatches',
    parameters: (branch) => ({ workflow_id: 'tamma-doctor-no-such.yml', ref: branch }),
  },
};

const reads: Partial<Record<PermissionName, string>> = {
  checks: '/commits/{ref}/check-runs',
  statuses: '/commits/{ref}/status',
  deployments: '/deployments',
};

/** A person's classic token may what the person may; all others have permissions, which only asking tells. */
export const checkPermissions: SiteCheck = async (context) => {
  const { site, facts, scopes, config } = context;
  const isPersons = scopes || site.tokenKind === 'fine-grained';
  // No permission of a token gives more than the role of its owner.
  if (isPersons && facts.permissions?.push === false)
    return fault('permissions', 'its owner may not write here', {
      help: 'Ask an administrator of the repository for the role Write, or use the token of somebody who has it.',
    });
  if (scopes) return ok('permissions', 'whatever its owner may, which is to write here');
  const needed = listNeeded(config);
  const refusals = await Promise.all(needed.map(({ name }) => findRefusal(context, name)));
  const missing = needed.map((row, index) => ({ ...row, why: refusals[index] })).filter(({ why }) => why);
  if (missing.length === 0) return ok('permissions', needed.map(({ name }) => name).join(', '));
  return missing.map((row) => describeMissing(site, row));
};

/** GitHub's words where the token may not; undefined where it may. */
async function findRefusal({ site, facts }: SiteContext, name: PermissionName): Promise<string | undefined> {
  const { default_branch: branch } = facts;
  const probe = writes[name];
  if (probe) {
    const { allowed, why } = await site.probe(probe.method, probe.route, probe.parameters(branch));
    return allowed ? undefined : why;
  }
  const look = await site.look(z.unknown(), reads[name] ?? '', { ref: branch, per_page: 1 });
  return look.status === 'forbidden' ? look.message : undefined;
}

type Missing = { name: string; level: string; reason: string; why: string | undefined };

function describeMissing(site: Site, { name, level, reason, why = '' }: Missing): Finding {
  // The permission is there, and a setting stands in the way.
  if (/not permitted to create/i.test(why))
    return fault('actions', 'Actions may not open pull requests, so Tamma cannot', mayOpenPulls(site));
  const { tokenKind, pageUrl } = site;
  const text = `${name}: ${level} is missing (${reason})`;
  if (tokenKind === 'job')
    return fault('permissions', text, { help: `Add \`${name}: ${level}\` to the permissions of the job.` });
  return fault('permissions', text, {
    help: `Give the ${tokenKind === 'app' ? 'App' : 'token'} the permission ${name}: ${level}.`,
    link: tokenKind === 'app' ? `${pageUrl}/settings/installations` : TOKENS,
  });
}

/** The setting without which the job's token opens no pull request. */
export function mayOpenPulls(site: Site): Pick<Finding, 'help'> & { link: string } {
  return {
    help: 'Tick “Allow GitHub Actions to create and approve pull requests”, or give Tamma a GitHub App’s token.',
    link: `${site.pageUrl}/settings/actions`,
  };
}
