import { hasScopes } from '../access.ts';
import { judgeMerge, opinions } from '../model/mergeability.ts';
import { rulesFor } from '../model/rules.ts';
import type { Issue, Json, Pull, Repository, ReviewComment, Thread } from '../state.ts';
import { needPull } from '../views/pull.ts';
import { htmlOf } from '../views/repository.ts';
import { toNodeId, viewAssociation } from '../views/user.ts';
import { connect, type PageArguments } from './connection.ts';
import type { GraphqlContext } from './context.ts';
import { toCommitObject, toRefObject } from './git-objects.ts';
import { toSharedObject, toUserObject } from './issue-objects.ts';
import { toEntryObject } from './queue-objects.ts';

export function stateOf(issue: Issue): string {
  return issue.pull?.mergedAt ? 'MERGED' : issue.state.toUpperCase();
}

export function toPullObject(context: GraphqlContext, repository: Repository, issue: Issue): Json {
  const { world } = context;
  const pull = needPull(issue);
  const judge = () => judgeMerge(repository, issue, true);
  const list = async () => {
    const start = (await repository.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
    const commits = await repository.git.between(start, pull.headSha);
    return Promise.all(
      commits.reverse().map(async ({ sha }) => ({ commit: await toCommitObject(context, repository, sha) })),
    );
  };
  return {
    ...toSharedObject(context, repository, issue),
    __typename: 'PullRequest',
    id: toNodeId('PR', issue.id),
    state: stateOf(issue),
    isDraft: pull.draft,
    merged: pull.mergedAt !== null,
    mergedAt: pull.mergedAt,
    mergedBy: pull.mergedBy && toUserObject(world, pull.mergedBy),
    mergeable: async () =>
      ({ true: 'MERGEABLE', false: 'CONFLICTING', null: 'UNKNOWN' })[String((await judge()).mergeable)],
    mergeStateStatus: async () => (await judge()).state.toUpperCase(),
    mergeCommit: () => (pull.mergeSha ? toCommitObject(context, repository, pull.mergeSha) : null),
    headRefName: pull.head,
    headRefOid: pull.headSha,
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    headRef: () => toRefObject(context, repository, `refs/heads/${pull.head}`),
    isCrossRepository: false,
    isInMergeQueue: pull.queued !== null,
    mergeQueueEntry: () => toEntryObject(context, repository, issue),
    reviewDecision: decide(repository, pull),
    autoMergeRequest: pull.autoMerge && {
      enabledBy: toUserObject(world, pull.autoMerge.by),
      mergeMethod: pull.autoMerge.method.toUpperCase(),
      commitHeadline: pull.autoMerge.title,
      commitBody: pull.autoMerge.message,
    },
    viewerCanEnableAutoMerge: repository.settings.allowAutoMerge,
    commits: async (args: PageArguments) => connect(await list(), args),
    statusCheckRollup: async () =>
      (await toCommitObject(context, repository, pull.headSha))?.statusCheckRollup,
    reviews: (args: PageArguments) =>
      connect(
        pull.reviews.map((review) => ({
          __typename: 'PullRequestReview',
          id: toNodeId('PRR', review.id),
          databaseId: review.id,
          state: review.state,
          body: review.body,
          author: toUserObject(world, review.user),
          authorAssociation: viewAssociation(repository, review.user),
          submittedAt: review.submittedAt,
          commit: () => toCommitObject(context, repository, review.commit),
        })),
        args,
      ),
    reviewThreads: (args: PageArguments) =>
      connect(
        pull.threads.map((thread) => toThreadObject(context, repository, issue, thread)),
        args,
      ),
  };
}

/** Null where no review is required. */
function decide(repository: Repository, pull: Pull): string | null {
  const wanted = rulesFor(repository, pull.base)?.requiredReviews ?? 0;
  if (wanted === 0) return null;
  const states = [...opinions(repository, pull).values()];
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return states.length >= wanted ? 'APPROVED' : 'REVIEW_REQUIRED';
}

export function toThreadObject(
  context: GraphqlContext,
  repository: Repository,
  issue: Issue,
  thread: Thread,
): Json {
  const { world, token } = context;
  const first = thread.comments[0];
  const mayResolve = hasScopes(token, repository, { contents: 'write', pull_requests: 'write' });
  return {
    __typename: 'PullRequestReviewThread',
    id: toNodeId('PRRT', thread.id),
    isResolved: thread.isResolved,
    isCollapsed: thread.isResolved,
    isOutdated: first !== undefined && first.commit !== issue.pull?.headSha && first.line === null,
    resolvedBy: thread.resolvedBy && toUserObject(world, thread.resolvedBy),
    path: first?.path ?? '',
    line: first?.line ?? null,
    startLine: first?.startLine ?? null,
    originalLine: first?.line ?? null,
    diffSide: first?.side ?? 'RIGHT',
    subjectType: first?.line === null ? 'FILE' : 'LINE',
    viewerCanReply: true,
    viewerCanResolve: mayResolve && !thread.isResolved,
    viewerCanUnresolve: mayResolve && thread.isResolved,
    pullRequest: () => toPullObject(context, repository, issue),
    comments: (args: PageArguments) =>
      connect(
        thread.comments.map((comment) => toReviewCommentObject(context, repository, issue, comment)),
        args,
      ),
  };
}

export function toReviewCommentObject(
  { world }: GraphqlContext,
  repository: Repository,
  issue: Issue,
  comment: ReviewComment,
): Json {
  return {
    __typename: 'PullRequestReviewComment',
    id: toNodeId('PRRC', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    author: toUserObject(world, comment.user),
    authorAssociation: viewAssociation(repository, comment.user),
    path: comment.path,
    line: comment.line,
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    lastEditedAt: comment.updatedAt === comment.createdAt ? null : comment.updatedAt,
    isMinimized: false,
    url: `${htmlOf(world, repository)}/pull/${issue.number}#discussion_r${comment.id}`,
    pullRequestReview: {
      __typename: 'PullRequestReview',
      id: toNodeId('PRR', comment.review),
      databaseId: comment.review,
    },
  };
}
