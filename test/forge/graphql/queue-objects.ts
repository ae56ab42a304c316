import { queueOf } from '../model/merge-queue.ts';
import type { Issue, Json, Repository } from '../state.ts';
import { toNodeId } from '../views/user.ts';
import type { GraphqlContext } from './context.ts';
import { toCommitObject } from './git-objects.ts';
import { toUserObject } from './issue-objects.ts';

/** Null where the pull request is in no queue. */
export function toEntryObject(context: GraphqlContext, repository: Repository, issue: Issue): Json | null {
  const { pull } = issue;
  const entry = pull?.queued;
  if (!pull || !entry) return null;
  const position = queueOf(repository, pull.base).findIndex(({ number }) => number === issue.number) + 1;
  return {
    __typename: 'MergeQueueEntry',
    id: toNodeId('MQE', entry.id),
    enqueuedAt: entry.enqueuedAt,
    enqueuer: toUserObject(context.world, entry.by),
    estimatedTimeToMerge: null,
    headCommit: entry.group && toCommitObject(context, repository, entry.group.sha),
    baseCommit: entry.group && toCommitObject(context, repository, entry.group.base),
    jump: entry.jump,
    solo: false,
    position,
    state: entry.group ? 'AWAITING_CHECKS' : 'QUEUED',
  };
}
