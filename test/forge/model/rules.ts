import picomatch from 'picomatch';
import type { MergeMethod, Protection, Repository, Rule, Ruleset } from '../state.ts';

export const NO_PROTECTION: Protection = {
  requiredReviews: 0,
  requiredChecks: [],
  strict: false,
  requireConversationResolution: false,
  enforceAdmins: true,
  allowForcePushes: false,
  allowDeletions: false,
  requirePull: false,
};

/** What holds for a branch: its protection and every active ruleset together, the stricter of each. */
export function rulesFor(repository: Repository, branch: string): Protection | undefined {
  const all = [
    repository.protections.get(branch),
    ...rulesetsOf(repository, branch).map(({ rules }) => toProtection(rules)),
  ].filter((entry) => entry !== undefined);
  if (all.length === 0) return undefined;
  const any = (test: (rules: Protection) => boolean) => all.some(test);
  return {
    requiredReviews: Math.max(...all.map(({ requiredReviews }) => requiredReviews)),
    requiredChecks: [...new Set(all.flatMap(({ requiredChecks }) => requiredChecks))],
    strict: any(({ strict }) => strict),
    requireConversationResolution: any((rules) => rules.requireConversationResolution),
    enforceAdmins: any((rules) => rules.enforceAdmins),
    allowForcePushes: !any((rules) => !rules.allowForcePushes),
    allowDeletions: !any((rules) => !rules.allowDeletions),
    requirePull: any(({ requirePull }) => requirePull),
    dismissStale: any(({ dismissStale }) => dismissStale === true),
  };
}

/** Active rulesets that are about a branch. */
export function rulesetsOf(repository: Repository, branch: string): Ruleset[] {
  return repository.rulesets.filter(
    ({ target, enforcement, include }) =>
      target === 'branch' &&
      enforcement === 'active' &&
      include.some((pattern) =>
        picomatch.isMatch(`refs/heads/${branch}`, toPattern(repository, pattern), { dot: true }),
      ),
  );
}

export function toPattern({ defaultBranch }: Repository, pattern: string): string {
  if (pattern === '~DEFAULT_BRANCH') return `refs/heads/${defaultBranch}`;
  return pattern === '~ALL' ? 'refs/heads/**' : pattern;
}

/** How the merge queue of a branch merges; undefined: it has none. */
export function findMergeQueue(repository: Repository, branch: string): MergeMethod | undefined {
  const rules = rulesetsOf(repository, branch).flatMap((ruleset) => ruleset.rules);
  const queue = rules.find(({ type }) => type === 'merge_queue');
  return queue && (String(queue.parameters?.merge_method ?? 'MERGE').toLowerCase() as MergeMethod);
}

export function toProtection(rules: readonly Rule[]): Protection {
  const find = (type: string) => rules.find((rule) => rule.type === type);
  const pull = find('pull_request');
  const checks = find('required_status_checks')?.parameters;
  const wanted = (checks?.required_status_checks ?? []) as { context: string }[];
  return {
    ...NO_PROTECTION,
    requirePull: pull !== undefined || find('merge_queue') !== undefined,
    requiredReviews: Number(pull?.parameters?.required_approving_review_count ?? 0),
    dismissStale: pull?.parameters?.dismiss_stale_reviews_on_push === true,
    requireConversationResolution: pull?.parameters?.required_review_thread_resolution === true,
    requiredChecks: wanted.map(({ context }) => context),
    strict: checks?.strict_required_status_checks_policy === true,
    allowForcePushes: find('non_fast_forward') === undefined,
    allowDeletions: find('deletion') === undefined,
  };
}
