import { type Finding, fault, ok, unknown, warn } from '../finding.ts';
import { WORK_BRANCH } from './branch-filter.ts';
import type { SiteCheck, SiteContext } from './context.ts';
import { type BranchRules, readRules } from './rules.ts';

const LOG = 'tamma-events';

/** Rules of the default branch against the way Tamma merges. */
export const checkDefaultBranch: SiteCheck = async ({ site, facts, config }) => {
  const branch = facts.default_branch;
  const link = `${site.pageUrl}/settings/rules`;
  const rules = await readRules(site, branch);
  const { method } = config.merge;
  const problems = listMergeProblems(rules, method).map(({ text, help }) =>
    fault('branch rules', `${branch}: ${text}`, { help, link }),
  );
  const demands = describeDemands(rules);
  const said = ok('branch rules', `${branch}: ${demands.join('; ') || 'none'}`);
  const hidden = unknown('branch rules', `${branch} is protected, and this token may not read how`, {
    help: 'Run `tamma doctor` with a token that has administration: read, or look yourself.',
    link: `${site.pageUrl}/settings/branches`,
  });
  return [...(problems.length > 0 ? problems : [said]), ...(rules.isPartial ? [hidden] : [])];
};

type Problem = { text: string; help: string };

function listMergeProblems({ types, parameters }: BranchRules, method: string): Problem[] {
  const allowed = parameters.get('pull_request')?.allowed_merge_methods;
  const queue = parameters.get('merge_queue')?.merge_method;
  const problems: Problem[] = [];
  if (types.has('update'))
    problems.push({
      text: 'only some may push or merge',
      help: 'Let the account that Tamma merges with through, or leave merging to people: `/tamma take-over`.',
    });
  if (Array.isArray(allowed) && !allowed.includes(method))
    problems.push({
      text: `pull requests are merged by ${allowed.join(' or ')} only, and merge.method is ${method}`,
      help: `Say \`merge: { method: ${allowed[0]} }\` in .tamma/config.yml.`,
    });
  if (types.has('required_linear_history') && method === 'merge')
    problems.push({
      text: 'history must be linear, and merge.method is merge',
      help: 'Say `merge: { method: squash }` in .tamma/config.yml.',
    });
  // GitHub signs what it squashes or merges, not what it rebases; a merge brings our pushed commits along.
  if (types.has('required_signatures') && method !== 'squash')
    problems.push({
      text: `commits must be signed, and merge.method is ${method}`,
      help: 'Say `merge: { method: squash }` in .tamma/config.yml: GitHub signs that one commit.',
    });
  if (typeof queue === 'string' && queue.toLowerCase() !== method)
    problems.push({
      text: `the merge queue merges by ${queue.toLowerCase()}, and merge.method is ${method}`,
      help: `Say \`merge: { method: ${queue.toLowerCase()} }\` in .tamma/config.yml.`,
    });
  return problems;
}

function describeDemands({ types, parameters }: BranchRules): string[] {
  const approvals = Number(parameters.get('pull_request')?.required_approving_review_count ?? 0);
  const checks = parameters.get('required_status_checks')?.required_status_checks;
  const names = (Array.isArray(checks) ? checks : []).map((check: { context?: unknown }) =>
    String(check.context),
  );
  return [
    ...(types.has('pull_request') ? [`pull requests, ${approvals} approvals`] : []),
    ...(names.length > 0 ? [`checks: ${names.join(', ')}`] : []),
    ...(types.has('required_linear_history') ? ['linear history'] : []),
    ...(types.has('required_signatures') ? ['signed commits'] : []),
    ...(types.has('merge_queue') ? ['a merge queue'] : []),
  ];
}

/** What keeps a run from pushing, by the name of the rule. */
const lockedOut: Readonly<Record<string, string>> = {
  creation: 'only some may create it',
  update: 'only some may push to it',
  pull_request: 'changes take a pull request',
  merge_queue: 'changes take a merge queue',
  required_status_checks: 'commits must have passed checks',
  required_deployments: 'commits must have been deployed',
  required_signatures: 'commits must be signed',
  workflows: 'workflows must have passed',
};

function listLockouts({ types }: BranchRules, allowed: readonly string[] = []): string[] {
  return Object.entries(lockedOut).flatMap(([type, text]) =>
    types.has(type) && !allowed.includes(type) ? [text] : [],
  );
}

export const checkWorkBranches: SiteCheck = async ({ site }) => {
  const link = `${site.pageUrl}/settings/rules`;
  const rules = await readRules(site, WORK_BRANCH);
  const lockouts = listLockouts(rules);
  const patterns = ['branch_name_pattern', 'commit_message_pattern', 'commit_author_email_pattern'];
  const named = patterns.filter((type) => rules.types.has(type));
  const findings: Finding[] = [];
  if (lockouts.length > 0)
    findings.push(
      fault('work branches', `tamma/**: ${lockouts.join('; ')}`, {
        help: 'Exclude `tamma/**` from the ruleset, or let the account that Tamma pushes with through.',
        link,
      }),
    );
  if (named.length > 0)
    findings.push(
      warn(
        'work branches',
        `tamma/**: ${named.join(', ')} must fit branches tamma/<number>-<slug> and their commits`,
        {
          help: 'Exclude `tamma/**` from the ruleset, or check that the pattern takes them.',
          link,
        },
      ),
    );
  return findings.length > 0 ? findings : ok('work branches', 'tamma/** can be pushed to');
};

/** The log is append-only; GitHub can see to that, and must not ask for pull requests. */
export const checkLogBranch: SiteCheck = async (context) => {
  const link = `${context.site.pageUrl}/settings/rules`;
  const rules = await readRules(context.site, LOG);
  const lockouts = listLockouts(rules);
  if (lockouts.length > 0)
    return fault('log branch', `${LOG}: ${lockouts.join('; ')}, so no run can write the log`, {
      help: `Exclude ${LOG} from that ruleset; leave “Restrict deletions” and “Block force pushes” only.`,
      link,
    });
  return describeGuard(context, rules, link);
};

function describeGuard({ site }: SiteContext, { types, isPartial }: BranchRules, link: string): Finding {
  const open = [
    ...(types.has('non_fast_forward') ? [] : ['rewritten']),
    ...(types.has('deletion') ? [] : ['deleted']),
  ];
  if (open.length === 0) return ok('log branch', `${LOG} can be neither rewritten nor deleted`);
  if (isPartial)
    return unknown('log branch', `${LOG} is protected, and this token may not read how`, {
      help: 'Run `tamma doctor` with a token that has administration: read, or look yourself.',
      link: `${site.pageUrl}/settings/branches`,
    });
  return warn('log branch', `${LOG} can be ${open.join(' and ')} by everybody who may push`, {
    help: `Make a branch ruleset for ${LOG} with “Restrict deletions” and “Block force pushes”, and nothing else.`,
    link: `${link}/new?target=branch`,
  });
}
