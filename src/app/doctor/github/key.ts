import { z } from 'zod';
import { type Finding, fault, ok } from '../finding.ts';
import { cannotSee, type SiteCheck, type SiteContext } from './context.ts';
import { findTamma } from './tamma-steps.ts';

const listed = z.object({ secrets: z.array(z.object({ name: z.string() })) });

/** Whether the secrets that Tamma's workflow names are there: an empty one looks to a run as if nobody had named it. */
export const checkKey: SiteCheck = (context) => {
  const jobs = findTamma(context.workflows).flatMap((tamma) => tamma.jobs);
  if (jobs.length === 0) return []; // said of the workflow already
  const named = [...new Set(jobs.flatMap(({ secrets }) => secrets))].filter((name) => name !== '*');
  if (named.length === 0) return ok('key', 'the workflow names no secret');
  // Those of an environment are listed elsewhere, and may have the same names.
  if (jobs.some(({ environment }) => environment !== undefined))
    return ok('key', `${named.join(', ')}, perhaps from an environment`);
  return compare(context, named);
};

async function compare({ site }: SiteContext, named: readonly string[]): Promise<Finding> {
  const link = `${site.pageUrl}/settings/secrets/actions`;
  const own = await site.look(listed, '/actions/secrets', { per_page: 100 });
  const shared = await site.look(listed, '/actions/organization-secrets', { per_page: 100 });
  if (own.status !== 'seen')
    return cannotSee('key', own, {
      what: `whether ${named.join(', ')} is set`,
      needs: 'secrets: read',
      link,
    });
  const all = [...own.data.secrets, ...(shared.status === 'seen' ? shared.data.secrets : [])];
  const there = named.filter((name) => all.some((secret) => secret.name === name.toUpperCase()));
  if (there.length > 0) return ok('key', `secrets: ${there.join(', ')}`);
  return fault('key', `the workflow takes ${named.join(', ')}, and there is no such secret`, {
    help: `Make it: gh secret set ${named[0]}`,
    link: `${link}/new`,
  });
}
