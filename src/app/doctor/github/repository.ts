import { labelRows } from '../../init/labels.ts';
import { type Finding, fault, ok, warn } from '../finding.ts';
import { cannotSee, type RepositoryFacts, type SiteCheck } from './context.ts';

export const mergeMethods = {
  squash: 'allow_squash_merge',
  merge: 'allow_merge_commit',
  rebase: 'allow_rebase_merge',
} as const satisfies Record<string, keyof RepositoryFacts>;

export const checkSettings: SiteCheck = ({ site, facts, config }) => {
  const link = `${site.pageUrl}/settings`;
  const found: Finding[] = [];
  if (facts.archived || facts.disabled)
    found.push(
      fault('settings', 'the repository is archived or disabled: nobody writes to it', {
        help: 'Unarchive it.',
        link,
      }),
    );
  if (!facts.has_issues)
    found.push(fault('settings', 'issues are switched off', { help: 'Tick “Issues” under Features.', link }));
  found.push(checkMergeMethod({ facts, method: config.merge.method, link }));
  return found;
};

type MergeMethodFacts = { facts: RepositoryFacts; method: keyof typeof mergeMethods; link: string };

function checkMergeMethod({ facts, method, link }: MergeMethodFacts): Finding {
  const names = Object.keys(mergeMethods) as (keyof typeof mergeMethods)[];
  const allowed = names.filter((name) => facts[mergeMethods[name]]);
  if (facts[mergeMethods[method]] === undefined) {
    const look = { status: 'forbidden', message: '', needs: '' } as const;
    return cannotSee('settings', look, { what: 'merge methods', needs: 'contents: write', link });
  }
  const autoMerge = facts.allow_auto_merge ? 'auto-merge is on' : 'auto-merge is off, Tamma merges itself';
  if (allowed.includes(method)) return ok('settings', `${method} is allowed; ${autoMerge}`);
  return fault('settings', `merge.method is ${method}, and the repository allows ${allowed.join(', ')}`, {
    help: `Say \`merge: { method: ${allowed[0]} }\` in .tamma/config.yml, or allow ${method}.`,
    link,
  });
}

export const checkLabels: SiteCheck = async ({ site, config }) => {
  const { created: missing } = await site.ensureLabels(labelRows(config.labels.include), false);
  if (missing.length === 0) return ok('labels', 'all there');
  return warn('labels', `missing: ${missing.join(', ')}`, {
    help: '`tamma init` makes them; those that Tamma sets itself come by themselves, without colour.',
    link: `${site.pageUrl}/labels`,
  });
};
