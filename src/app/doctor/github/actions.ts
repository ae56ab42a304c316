import { z } from 'zod';
import { type Finding, fault, ok, warn } from '../finding.ts';
import { cannotSee, type SiteCheck, type SiteContext } from './context.ts';
import { findTamma } from './tamma-steps.ts';
import { mayOpenPulls } from './token.ts';

const ADMIN = 'administration: read';

const policy = z.object({
  enabled: z.boolean(),
  allowed_actions: z.enum(['all', 'local_only', 'selected']).optional(),
  sha_pinning_required: z.boolean().optional(),
});
const selected = z.object({
  verified_allowed: z.boolean().optional(),
  patterns_allowed: z.array(z.string()).optional(),
});
const defaults = z.object({
  default_workflow_permissions: z.enum(['read', 'write']),
  can_approve_pull_request_reviews: z.boolean(),
});

export const checkActions: SiteCheck = async (context) => {
  const { site } = context;
  const link = `${site.pageUrl}/settings/actions`;
  const look = await site.look(policy, '/actions/permissions');
  if (look.status !== 'seen')
    return cannotSee('actions', look, { what: 'settings of Actions', needs: ADMIN, link });
  const { enabled, allowed_actions: allowed = 'all' } = look.data;
  if (!enabled) return fault('actions', 'Actions are switched off', { help: 'Allow them.', link });
  const used = findTamma(context.workflows).flatMap(({ uses }) => uses);
  const unpinned = used.filter((uses) => !/@[0-9a-f]{40}$/.test(uses));
  if (look.data.sha_pinning_required && unpinned.length > 0)
    return fault('actions', `actions must be pinned by commit, and ${unpinned[0]} is not`, {
      help: 'Write the commit in place of the tag, with the version as a comment.',
      link,
    });
  if (allowed === 'all') return ok('actions', 'on, and every action may be used');
  return checkSelected(context, { used: used[0] ?? 'tamma/action', allowed, link });
};

type Selection = { used: string; allowed: 'local_only' | 'selected'; link: string };

async function checkSelected({ site }: SiteContext, { used, allowed, link }: Selection): Promise<Finding> {
  const name = used.split('@')[0] ?? used;
  const help = `Allow ${name}@* under “Allow specified actions”.`;
  if (allowed === 'local_only') {
    if (used.startsWith('./')) return ok('actions', 'on, and only those of this repository may be used');
    return fault('actions', `only actions of this owner may be used, and ${name} is not one`, { help, link });
  }
  const look = await site.look(selected, '/actions/permissions/selected-actions');
  if (look.status !== 'seen')
    return cannotSee('actions', look, { what: 'which actions are allowed', needs: ADMIN, link });
  const { default: picomatch } = await import('picomatch');
  const patterns = look.data.patterns_allowed ?? [];
  if (patterns.some((pattern) => picomatch.isMatch(used, pattern, { bash: true })))
    return ok('actions', `on, and ${name} is among the allowed ones`);
  return fault('actions', `only chosen actions may be used, and ${name} is not among them`, { help, link });
}

export const checkWorkflowDefaults: SiteCheck = async (context) => {
  const { site, workflows } = context;
  const link = `${site.pageUrl}/settings/actions`;
  const look = await site.look(defaults, '/actions/permissions/workflow');
  if (look.status !== 'seen')
    return cannotSee('actions', look, {
      what: 'whether Actions may open pull requests, and the default permissions of GITHUB_TOKEN',
      needs: ADMIN,
      link,
    });
  const usesApp = site.tokenKind === 'app' || findTamma(workflows).some(({ hasApp }) => hasApp);
  const { can_approve_pull_request_reviews: mayOpen, default_workflow_permissions: level } = look.data;
  const found: Finding[] = [];
  if (!mayOpen && !usesApp)
    found.push(fault('actions', 'Actions may not open pull requests, so Tamma cannot', mayOpenPulls(site)));
  if (level === 'write')
    found.push(
      warn('actions', 'workflows that ask for nothing get a token that may write', {
        help: 'Choose “Read repository contents and packages permissions”; Tamma’s workflow asks for what it needs.',
        link,
      }),
    );
  return found.length > 0 ? found : ok('actions', 'may open pull requests; tokens read by default');
};
