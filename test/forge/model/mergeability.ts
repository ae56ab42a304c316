import { hasRole } from '../access.ts';
import type { Issue, Pull, Repository } from '../state.ts';
import { rulesFor } from './rules.ts';

export type Judgement = {
  mergeable: boolean | null;
  state: 'clean' | 'dirty' | 'unknown' | 'draft' | 'blocked' | 'behind' | 'unstable';
  /** Why a merge would be refused, in GitHub's words; null: it would not. */
  refusal: string | null;
};

export const NOT_MERGEABLE = 'Pull Request is not mergeable';

/** Whether a pull request can be merged: by a real three-way merge, then by the rules of its base branch. */
export async function judgeMerge(repository: Repository, issue: Issue, isRead = false): Promise<Judgement> {
  const { pull } = issue;
  if (!pull || issue.state === 'closed') return { mergeable: null, state: 'unknown', refusal: NOT_MERGEABLE };
  if (pull.computing > 0) {
    if (isRead) pull.computing -= 1;
    const refusal = 'Base branch was modified. Review and try the merge again.';
    return { mergeable: null, state: 'unknown', refusal };
  }
  const base = await repository.git.find(`refs/heads/${pull.base}`);
  if (!base) return { mergeable: false, state: 'dirty', refusal: NOT_MERGEABLE };
  const { conflicts } = await repository.git.merge(base, pull.headSha);
  if (conflicts.length > 0) return { mergeable: false, state: 'dirty', refusal: NOT_MERGEABLE };
  if (pull.draft) return { mergeable: true, state: 'draft', refusal: 'Pull Request is still a draft' };
  return { mergeable: true, ...(await judgeRules(repository, pull, base)) };
}

async function judgeRules(
  repository: Repository,
  pull: Pull,
  base: string,
): Promise<Pick<Judgement, 'state' | 'refusal'>> {
  const rules = rulesFor(repository, pull.base);
  const refusal = rules ? (reviewsMissing(repository, pull) ?? checksMissing(repository, pull)) : null;
  if (refusal) return { state: 'blocked', refusal };
  if (rules?.requireConversationResolution && pull.threads.some((thread) => !thread.isResolved)) {
    return {
      state: 'blocked',
      refusal: 'A conversation must be resolved before this pull request can be merged.',
    };
  }
  if (rules?.strict && !(await repository.git.isAncestor(base, pull.headSha))) {
    return { state: 'behind', refusal: 'Head branch is not up to date with the base branch.' };
  }
  const failing = checksOf(repository, pull.headSha).some((check) => check.state !== 'success');
  return { state: failing ? 'unstable' : 'clean', refusal: null };
}

/** The newest opinion of each person with write access counts. */
export function opinions(repository: Repository, pull: Pull): Map<string, 'APPROVED' | 'CHANGES_REQUESTED'> {
  const newest = new Map<string, 'APPROVED' | 'CHANGES_REQUESTED'>();
  for (const { user, state } of pull.reviews) {
    if (!hasRole(repository, user.login, 'write')) continue;
    if (state === 'DISMISSED') newest.delete(user.login);
    if (state === 'APPROVED' || state === 'CHANGES_REQUESTED') newest.set(user.login, state);
  }
  return newest;
}

function reviewsMissing(repository: Repository, pull: Pull): string | null {
  const wanted = rulesFor(repository, pull.base)?.requiredReviews ?? 0;
  if (wanted === 0) return null;
  const states = [...opinions(repository, pull).values()];
  if (states.includes('CHANGES_REQUESTED')) return 'Changes have been requested.';
  const approvals = states.filter((state) => state === 'APPROVED').length;
  const plural = wanted === 1 ? 'review is' : 'reviews are';
  return approvals >= wanted
    ? null
    : `At least ${wanted} approving ${plural} required by reviewers with write access.`;
}

function checksMissing(repository: Repository, pull: Pull): string | null {
  const wanted = rulesFor(repository, pull.base)?.requiredChecks ?? [];
  const checks = checksOf(repository, pull.headSha);
  for (const name of wanted) {
    const check = checks.find((entry) => entry.name === name);
    if (!check) return `Required status check "${name}" is expected.`;
    if (check.state === 'pending') return `Required status check "${name}" is in progress.`;
    if (check.state === 'failure') return `Required status check "${name}" is failing.`;
  }
  return null;
}

/** Check runs and statuses of a commit as one list: the newest of each name. */
export function checksOf(
  repository: Repository,
  sha: string,
): { name: string; state: 'success' | 'failure' | 'pending' }[] {
  const good = ['success', 'neutral', 'skipped'];
  const runs = repository.checkRuns
    .filter((run) => run.headSha === sha)
    .map((run) => ({
      name: run.name,
      state:
        run.status === 'completed'
          ? good.includes(run.conclusion ?? '')
            ? 'success'
            : 'failure'
          : 'pending',
    }));
  const statuses = repository.statuses
    .filter((status) => status.sha === sha)
    .map(({ context, state }) => ({ name: context, state: state === 'error' ? 'failure' : state }));
  return [...new Map([...runs, ...statuses].map((check) => [check.name, check])).values()] as ReturnType<
    typeof checksOf
  >;
}
