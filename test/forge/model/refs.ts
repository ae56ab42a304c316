import type { CommitData } from '../git/text.ts';
import type { Pull } from '../state.ts';
import { viewSimpleCommit } from '../views/commit.ts';
import { htmlOf } from '../views/repository.ts';
import { viewUser } from '../views/user.ts';
import { emit, type Place } from './events.ts';
import { closeIssue, tell } from './issues.ts';
import { finishMerged } from './merge-end.ts';
import { rulesFor } from './rules.ts';

export type RefChange = { ref: string; before: string | null; after: string | null };

const NOTHING = '0'.repeat(40);

/** What follows when a branch or tag was made, moved or deleted, by whatever way. */
export async function refChanged(place: Place, change: RefChange): Promise<void> {
  if (change.before === change.after) return;
  if (change.after === null) place.repository.seenRefs.delete(change.ref);
  else place.repository.seenRefs.set(change.ref, change.after);
  await tellPush(place, change);
  const kind = change.ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  const name = change.ref.replace(/^refs\/(?:heads|tags)\//, '');
  const about = { ref: name, ref_type: kind, pusher_type: 'user' };
  const { world, repository } = place;
  const more = { master_branch: repository.defaultBranch, description: null };
  if (change.before === null) emit(place, 'create', undefined, { ...about, ...more });
  if (change.after === null) emit(place, 'delete', undefined, about);
  if (kind === 'tag') return;
  for (const issue of [...repository.issues.values()]) {
    const { pull } = issue;
    if (!pull || issue.state !== 'open') continue;
    if (pull.base === name && change.after) {
      if (await repository.git.isAncestor(pull.headSha, change.after)) {
        await finishMerged(place, issue, change.after);
        continue;
      }
      pull.computing = repository.settings.mergeabilityReads;
    }
    if (pull.head !== name) continue;
    if (change.after === null) {
      closeIssue(place, issue);
      continue;
    }
    pull.headSha = change.after;
    if (rulesFor(repository, pull.base)?.dismissStale) dismissApprovals(pull);
    pull.computing = repository.settings.mergeabilityReads;
    issue.updatedAt = world.now();
    await repository.git.update(`refs/pull/${issue.number}/head`, change.after);
    tell(place, issue, 'synchronize', { before: change.before, after: change.after });
  }
}

function dismissApprovals({ reviews }: Pull): void {
  for (const review of reviews) if (review.state === 'APPROVED') review.state = 'DISMISSED';
}

async function tellPush(place: Place, { ref, before, after }: RefChange): Promise<void> {
  const { world, repository, actor } = place;
  const head = after === null ? undefined : await repository.git.commit(after);
  const since = before ?? (await repository.git.find(`refs/heads/${repository.defaultBranch}`));
  const commits = after && since ? (await repository.git.between(since, after)).slice(0, 20) : [];
  const view = (commit: CommitData) => ({
    ...viewSimpleCommit(commit),
    distinct: true,
    url: `${htmlOf(world, repository)}/commit/${commit.sha}`,
    added: [],
    modified: [],
    removed: [],
  });
  emit(place, 'push', undefined, {
    ref,
    before: before ?? NOTHING,
    after: after ?? NOTHING,
    created: before === null,
    deleted: after === null,
    forced: before !== null && after !== null && !(await repository.git.isAncestor(before, after)),
    base_ref: null,
    compare: `${htmlOf(world, repository)}/compare/${before ?? NOTHING}...${after ?? NOTHING}`,
    commits: commits.reverse().map(view),
    head_commit: head ? view(head) : null,
    pusher: { name: actor.user.login, email: actor.user.email },
    sender: viewUser(world, actor.user),
  });
}

/** Tells what pushes did to the refs since the last change that was told. */
export async function tellPushes(place: Place): Promise<void> {
  const { git, seenRefs } = place.repository;
  const now = await git.refs();
  for (const ref of new Set([...seenRefs.keys(), ...now.keys()])) {
    await refChanged(place, { ref, before: seenRefs.get(ref) ?? null, after: now.get(ref) ?? null });
  }
}
