import { GraphqlFailure } from '../graphql/failure.ts';
import type { MergeMethod, QueueEntry, Repository, User, World } from '../state.ts';
import { viewSimpleCommit } from '../views/commit.ts';
import { addUser } from '../world.ts';
import { emit, type Place } from './events.ts';
import { tell } from './issues.ts';
import { finishMerged } from './merge-end.ts';
import { checksOf, judgeMerge } from './mergeability.ts';
import { type PullIssue, writeMerge } from './pulls.ts';
import { refChanged } from './refs.ts';
import { findMergeQueue, rulesFor } from './rules.ts';

/** Who merges what comes out of a queue. */
const queueBot = (world: World): User => addUser(world, { login: 'github-merge-queue[bot]', type: 'Bot' });

/** Puts a pull request that could be merged into its branch's queue (GitHub's documentation, "Merge queue"). */
export async function enqueuePull(
  place: Place,
  issue: PullIssue,
  order: { expectedHead?: string | undefined; jump: boolean },
): Promise<QueueEntry> {
  const { world, repository, actor } = place;
  const refuse = (reason: string) => new GraphqlFailure('UNPROCESSABLE', reason);
  if (!findMergeQueue(repository, issue.pull.base))
    throw refuse('Merge queue is not enabled for this branch');
  if (issue.pull.queued) throw refuse('Pull request is already queued to merge');
  if (order.expectedHead !== undefined && order.expectedHead !== issue.pull.headSha) {
    throw refuse('Head sha did not match the expected head sha');
  }
  const { refusal } = await judgeMerge(repository, issue);
  if (refusal) throw refuse(`Pull request cannot be queued: ${refusal}`);
  const entry: QueueEntry = {
    id: world.newId(),
    by: actor.user,
    enqueuedAt: world.now(),
    jump: order.jump,
    group: null,
    isNew: true,
  };
  issue.pull.queued = entry;
  tell(place, issue, 'enqueued');
  return entry;
}

export function dequeuePull(place: Place, issue: PullIssue, reason: string): void {
  const entry = issue.pull.queued;
  issue.pull.queued = null;
  if (entry) tell(place, issue, 'dequeued', { reason });
}

/** Entries of a branch's queue, the next one first. */
export function queueOf(repository: Repository, branch: string): PullIssue[] {
  const pulls = [...repository.issues.values()].filter(
    (issue): issue is PullIssue => issue.pull?.queued != null && issue.pull.base === branch,
  );
  const rank = ({ pull }: PullIssue) => (pull.queued?.jump ? 0 : 1e12) + (pull.queued?.id ?? 0);
  return pulls.sort((a, b) => rank(a) - rank(b));
}

/** One step of every queue's first entry. What was enqueued by the same request is left for later. */
export async function advanceQueues(world: World): Promise<void> {
  for (const repository of world.repositories.values()) {
    const bases = new Set(
      [...repository.issues.values()].flatMap(({ pull }) => (pull?.queued ? [pull.base] : [])),
    );
    for (const base of bases) {
      const [first] = queueOf(repository, base);
      const entry = first?.pull.queued;
      if (!first || !entry) continue;
      const actor = { user: queueBot(world), kind: 'app' as const };
      await advance({ world, repository, actor }, first, entry);
    }
  }
}

async function advance(place: Place, issue: PullIssue, entry: QueueEntry): Promise<void> {
  const { repository } = place;
  const { base, headSha } = issue.pull;
  if (entry.isNew) {
    entry.isNew = false;
    return;
  }
  const baseSha = (await repository.git.find(`refs/heads/${base}`)) ?? '';
  const isStale = entry.group && (entry.group.base !== baseSha || entry.group.head !== headSha);
  if (issue.state === 'closed' || (entry.group && entry.group.head !== headSha)) {
    await endGroup(place, entry, 'dequeued');
    return dequeuePull(place, issue, 'BRANCH_PROTECTIONS');
  }
  if (isStale) await endGroup(place, entry, 'invalidated');
  entry.group ??= await beginGroup(place, issue, baseSha);
  if (!entry.group) return dequeuePull(place, issue, 'MERGE_CONFLICT');
  const state = judgeGroup(repository, base, entry.group.sha);
  if (state === 'failure') {
    await endGroup(place, entry, 'dequeued');
    dequeuePull(place, issue, 'CI_FAILURE');
  } else if (state === 'success') await mergeGroup(place, issue, entry, entry.group.sha);
}

/** Required checks have to be green on the commit of the group, not on the pull request's. */
function judgeGroup(repository: Repository, base: string, sha: string): 'success' | 'failure' | 'pending' {
  const checks = checksOf(repository, sha);
  const states = (rulesFor(repository, base)?.requiredChecks ?? []).map(
    (name) => checks.find((check) => check.name === name)?.state ?? 'pending',
  );
  if (states.includes('failure')) return 'failure';
  return states.every((state) => state === 'success') ? 'success' : 'pending';
}

async function beginGroup(place: Place, issue: PullIssue, base: string): Promise<QueueEntry['group']> {
  const { repository } = place;
  const { git } = repository;
  const { headSha, base: branch } = issue.pull;
  if ((await git.merge(base, headSha)).conflicts.length > 0) return null;
  const method = findMergeQueue(repository, branch) as MergeMethod;
  const sha = await writeMerge(place, issue, { method }, base);
  const ref = `refs/heads/gh-readonly-queue/${branch}/pr-${issue.number}-${base}`;
  await git.update(ref, sha);
  repository.seenRefs.set(ref, sha);
  await tellGroup(place, { sha, ref, base, head: headSha }, branch, 'checks_requested');
  return { sha, ref, base, head: headSha };
}

type Group = NonNullable<QueueEntry['group']>;

async function tellGroup(
  place: Place,
  group: Group,
  branch: string,
  action: 'checks_requested' | 'destroyed',
  more: { reason?: string } = {},
): Promise<void> {
  const commit = await place.repository.git.commit(group.sha);
  emit(place, 'merge_group', action, {
    merge_group: {
      head_sha: group.sha,
      head_ref: group.ref,
      base_sha: group.base,
      base_ref: `refs/heads/${branch}`,
      head_commit: commit && viewSimpleCommit(commit),
    },
    ...more,
  });
}

async function endGroup(place: Place, entry: QueueEntry, reason: string): Promise<void> {
  const { group } = entry;
  if (!group) return;
  const branch = /^refs\/heads\/gh-readonly-queue\/(.+)\/pr-/.exec(group.ref)?.[1] ?? '';
  entry.group = null;
  await place.repository.git.update(group.ref, null);
  place.repository.seenRefs.delete(group.ref);
  await tellGroup(place, group, branch, 'destroyed', { reason });
}

async function mergeGroup(place: Place, issue: PullIssue, entry: QueueEntry, sha: string): Promise<void> {
  const { repository } = place;
  const ref = `refs/heads/${issue.pull.base}`;
  const before = (await repository.git.find(ref)) ?? '';
  await endGroup(place, entry, 'merged');
  if (!(await repository.git.update(ref, sha, before))) return;
  issue.pull.queued = null;
  tell(place, issue, 'dequeued', { reason: 'MERGE' });
  await finishMerged(place, issue, sha);
  await refChanged(place, { ref, before, after: sha });
}
