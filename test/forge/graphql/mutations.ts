import { setAutoMerge } from '../model/auto-merge.ts';
import { emit } from '../model/events.ts';
import { dequeuePull, enqueuePull } from '../model/merge-queue.ts';
import { type PullIssue, setDraft } from '../model/pulls.ts';
import { addReviewComment } from '../model/reviews.ts';
import type { Json, MergeMethod, Repository, Scopes } from '../state.ts';
import { viewPull } from '../views/pull.ts';
import { toNodeId } from '../views/user.ts';
import { demandScopes, type GraphqlContext, type Resolver } from './context.ts';
import { createCommitOnBranch } from './create-commit.ts';
import { GraphqlFailure } from './failure.ts';
import { toPullObject, toReviewCommentObject, toThreadObject } from './pull-objects.ts';
import { findIssueNode, findThreadNode } from './queries.ts';
import { toEntryObject } from './queue-objects.ts';

type Mutation<I> = Resolver<{ input: I & { clientMutationId?: string } }>;
type OnPull = { pullRequestId: string };
type OnThread = { threadId: string };

export const mutations = {
  createCommitOnBranch,
  markPullRequestReadyForReview: (({ input }, context) =>
    changeDraft(context, input.pullRequestId, false)) satisfies Mutation<OnPull>,
  convertPullRequestToDraft: (({ input }, context) =>
    changeDraft(context, input.pullRequestId, true)) satisfies Mutation<OnPull>,
  enablePullRequestAutoMerge,
  disablePullRequestAutoMerge: (({ input }, context) => {
    const { repository, issue } = findPull(context, input.pullRequestId, { pull_requests: 'write' });
    issue.pull.autoMerge = null;
    return { actor: null, pullRequest: toPullObject(context, repository, issue), clientMutationId: null };
  }) satisfies Mutation<OnPull>,
  enqueuePullRequest,
  dequeuePullRequest,
  resolveReviewThread: (({ input }, context) =>
    settle(context, input.threadId, true)) satisfies Mutation<OnThread>,
  unresolveReviewThread: (({ input }, context) =>
    settle(context, input.threadId, false)) satisfies Mutation<OnThread>,
  addPullRequestReviewThreadReply,
};

function findPull(
  context: GraphqlContext,
  id: string,
  scopes: Scopes,
): { repository: Repository; issue: PullIssue } {
  const { repository, issue } = findIssueNode(context, id);
  if (!issue.pull)
    throw new GraphqlFailure(
      'NOT_FOUND',
      `Could not resolve to PullRequest node with the global id of '${id}'.`,
    );
  demandScopes(context, repository, scopes);
  return { repository, issue: issue as PullIssue };
}

function changeDraft(context: GraphqlContext, id: string, draft: boolean): Json {
  const { repository, issue } = findPull(context, id, { pull_requests: 'write' });
  setDraft({ ...context, repository }, issue, draft);
  return { pullRequest: toPullObject(context, repository, issue), clientMutationId: null };
}

type AutoMergeInput = OnPull & {
  mergeMethod?: 'MERGE' | 'SQUASH' | 'REBASE';
  expectedHeadOid?: string;
  commitHeadline?: string;
  commitBody?: string;
};

async function enablePullRequestAutoMerge(
  { input }: { input: AutoMergeInput & { clientMutationId?: string } },
  context: GraphqlContext,
): Promise<Json> {
  const { repository, issue } = findPull(context, input.pullRequestId, {
    contents: 'write',
    pull_requests: 'write',
  });
  if (input.expectedHeadOid !== undefined && input.expectedHeadOid !== issue.pull.headSha) {
    throw new GraphqlFailure('UNPROCESSABLE', 'Head branch was modified. Review and try the merge again.');
  }
  await setAutoMerge({ ...context, repository }, issue, {
    method: (input.mergeMethod ?? 'MERGE').toLowerCase() as MergeMethod,
    title: input.commitHeadline ?? `${issue.title} (#${issue.number})`,
    message: input.commitBody ?? '',
  });
  return { actor: null, pullRequest: toPullObject(context, repository, issue), clientMutationId: null };
}

type EnqueueInput = OnPull & { expectedHeadOid?: string; jump?: boolean };

async function enqueuePullRequest(
  { input }: { input: EnqueueInput },
  context: GraphqlContext,
): Promise<Json> {
  const scopes = { contents: 'write', pull_requests: 'write' } as const;
  const { repository, issue } = findPull(context, input.pullRequestId, scopes);
  const order = { expectedHead: input.expectedHeadOid, jump: input.jump ?? false };
  await enqueuePull({ ...context, repository }, issue, order);
  return { mergeQueueEntry: toEntryObject(context, repository, issue), clientMutationId: null };
}

function dequeuePullRequest({ input }: { input: { id: string } }, context: GraphqlContext): Json {
  const { repository, issue } = findPull(context, input.id, { contents: 'write', pull_requests: 'write' });
  const mergeQueueEntry = toEntryObject(context, repository, issue);
  if (!mergeQueueEntry) throw new GraphqlFailure('UNPROCESSABLE', 'Pull request is not in the merge queue');
  dequeuePull({ ...context, repository }, issue, 'MANUAL');
  return { mergeQueueEntry, clientMutationId: null };
}

/** Wants `contents: write`, whatever one expects (github/gh-aw#35726, community discussion 44650). */
function settle(context: GraphqlContext, id: string, isResolved: boolean): Json {
  const { repository, issue, thread } = findThreadNode(context, id);
  demandScopes(context, repository, { contents: 'write', pull_requests: 'write' });
  thread.isResolved = isResolved;
  thread.resolvedBy = isResolved ? context.actor.user : null;
  const place = { ...context, repository };
  emit(place, 'pull_request_review_thread', isResolved ? 'resolved' : 'unresolved', async () => ({
    pull_request: await viewPull(context.world, repository, issue),
    thread: { node_id: toNodeId('PRRT', thread.id), comments: [] },
  }));
  return { thread: toThreadObject(context, repository, issue, thread), clientMutationId: null };
}

type ReplyInput = { pullRequestReviewThreadId: string; body: string };

async function addPullRequestReviewThreadReply(
  { input }: { input: ReplyInput },
  context: GraphqlContext,
): Promise<Json> {
  const { repository, issue, thread } = findThreadNode(context, input.pullRequestReviewThreadId);
  demandScopes(context, repository, { pull_requests: 'write' });
  const place = { ...context, repository };
  const comment = await addReviewComment(
    place,
    issue as PullIssue,
    { body: input.body },
    { answered: thread.comments[0]?.id },
  );
  return { comment: toReviewCommentObject(context, repository, issue, comment), clientMutationId: null };
}
