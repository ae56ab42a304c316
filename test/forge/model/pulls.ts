import { invalid, notFound, Refusal } from '../answers.ts';
import { toIso } from '../git/text.ts';
import type { Issue, MergeMethod, Pull, Repository } from '../state.ts';
import type { Place } from './events.ts';
import { addIssue, getIssue, note, tell } from './issues.ts';
import { finishMerged } from './merge-end.ts';
import { judgeMerge, NOT_MERGEABLE } from './mergeability.ts';
import { refChanged } from './refs.ts';
import { findMergeQueue } from './rules.ts';

export type PullDraft = { title: string; body: string | null; head: string; base: string; draft: boolean };
export type PullIssue = Issue & { pull: Pull };

export function getPull(repository: Repository, number: number | string): PullIssue {
  const issue = getIssue(repository, number);
  if (!issue.pull) throw notFound();
  return issue as PullIssue;
}

export async function openPull(place: Place, draft: PullDraft): Promise<PullIssue> {
  const { world, repository, actor } = place;
  if (actor.kind === 'actions' && !repository.settings.actionsMayOpenPulls) {
    throw new Refusal(403, 'GitHub Actions is not permitted to create or approve pull requests.');
  }
  const head = draft.head.replace(`${repository.owner.login}:`, '');
  const headSha = await repository.git.find(`refs/heads/${head}`);
  const baseSha = await repository.git.find(`refs/heads/${draft.base}`);
  if (!headSha) throw invalid('PullRequest', 'head', 'invalid');
  if (!baseSha) throw invalid('PullRequest', 'base', 'invalid');
  const refuse = (message: string) =>
    new Refusal(422, 'Validation Failed', {
      errors: [{ resource: 'PullRequest', code: 'custom', message }],
    });
  const twin = findOpenPull(repository, head, draft.base);
  if (twin) throw refuse(`A pull request already exists for ${repository.owner.login}:${head}.`);
  if (await repository.git.isAncestor(headSha, baseSha)) {
    throw refuse(`No commits between ${draft.base} and ${head}`);
  }
  const issue = addIssue(place, { title: draft.title, body: draft.body, labels: [], assignees: [] });
  issue.pull = {
    id: world.newId(),
    head,
    headSha,
    base: draft.base,
    baseSha,
    draft: draft.draft,
    mergedAt: null,
    mergedBy: null,
    mergeSha: null,
    requestedReviewers: [],
    reviews: [],
    threads: [],
    autoMerge: null,
    queued: null,
    computing: repository.settings.mergeabilityReads,
  };
  await repository.git.update(`refs/pull/${issue.number}/head`, headSha);
  tell(place, issue, 'opened');
  return issue as PullIssue;
}

export function findOpenPull(repository: Repository, head: string, base?: string): Issue | undefined {
  return [...repository.issues.values()].find(
    ({ pull, state }) =>
      pull && state === 'open' && pull.head === head && (base === undefined || pull.base === base),
  );
}

export function setDraft(place: Place, issue: PullIssue, draft: boolean): void {
  if (issue.pull.draft === draft) return;
  issue.pull.draft = draft;
  note(place, issue, draft ? 'convert_to_draft' : 'ready_for_review');
  tell(place, issue, draft ? 'converted_to_draft' : 'ready_for_review');
}

export type MergeOrder = { method: MergeMethod; sha?: string; title?: string; message?: string };

/** Merges, or throws what GitHub answers: 405 where it cannot be, 409 where the head is another one. */
export async function mergePull(place: Place, issue: PullIssue, order: MergeOrder): Promise<string> {
  const { repository } = place;
  const { pull } = issue;
  if (issue.state === 'closed') throw new Refusal(405, NOT_MERGEABLE);
  if (order.sha !== undefined && order.sha !== pull.headSha) {
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  }
  const allowed = { merge: 'allowMerge', squash: 'allowSquash', rebase: 'allowRebase' } as const;
  if (!repository.settings[allowed[order.method]]) {
    const name = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }[order.method];
    throw new Refusal(405, `${name} are not allowed on this repository.`);
  }
  const { refusal } = await judgeMerge(repository, issue);
  if (refusal) throw new Refusal(405, refusal);
  if (findMergeQueue(repository, pull.base)) {
    throw new Refusal(405, 'Changes must be made through the merge queue');
  }
  const base = (await repository.git.find(`refs/heads/${pull.base}`)) ?? '';
  const merged = await writeMerge(place, issue, order, base);
  if (!(await repository.git.update(`refs/heads/${pull.base}`, merged, base))) {
    throw new Refusal(405, 'Base branch was modified. Review and try the merge again.');
  }
  await finishMerged(place, issue, merged);
  await refChanged(place, { ref: `refs/heads/${pull.base}`, before: base, after: merged });
  await removeHead(place, pull);
  return merged;
}

async function removeHead(place: Place, pull: Pull): Promise<void> {
  const { repository } = place;
  if (!repository.settings.deleteBranchOnMerge) return;
  const ref = `refs/heads/${pull.head}`;
  if (await repository.git.update(ref, null))
    await refChanged(place, { ref, before: pull.headSha, after: null });
}

/** The commit of a merge, on no branch yet. */
export async function writeMerge(
  { world, repository, actor }: Place,
  issue: PullIssue,
  order: MergeOrder,
  base: string,
): Promise<string> {
  const { git } = repository;
  const { pull } = issue;
  if (order.method === 'rebase') return replay(repository, base, pull.headSha, world.now());
  const { tree } = await git.merge(base, pull.headSha);
  const isSquash = order.method === 'squash';
  const defaultTitle = isSquash
    ? `${issue.title} (#${issue.number})`
    : `Merge pull request #${issue.number} from ${repository.owner.login}/${pull.head}`;
  const message = [order.title ?? defaultTitle, order.message ?? (isSquash ? '' : issue.title)];
  const author = isSquash ? issue.user : actor.user;
  const sha = await git.writeCommit({
    tree,
    parents: isSquash ? [base] : [base, pull.headSha],
    message: message.filter(Boolean).join('\n\n'),
    author: { name: author.name, email: author.email, date: world.now() },
    committer: { name: 'GitHub', email: 'noreply@github.com', date: world.now() },
  });
  repository.signed.add(sha);
  return sha;
}

/** Each commit again on the base: a three-way merge whose base is the commit's own parent. */
async function replay({ git }: Repository, base: string, head: string, now: string): Promise<string> {
  const commits = (await git.between(base, head)).filter(({ parents }) => parents.length < 2).reverse();
  let tip = base;
  for (const commit of commits) {
    const committer = { name: 'GitHub', email: 'noreply@github.com', date: toIso(new Date(now)) };
    const onto = (await git.commit(tip))?.tree ?? '';
    const stand = { tree: onto, parents: commit.parents, message: 'onto', author: committer, committer };
    const { tree, conflicts } = await git.merge(await git.writeCommit(stand), commit.sha);
    if (conflicts.length > 0) throw new Refusal(405, 'Rebase failed');
    const { author, message } = commit;
    tip = await git.writeCommit({ tree, parents: [tip], message, author, committer });
  }
  return tip;
}
