import { TammaError } from '../../core/errors.ts';
import type { Review, ReviewPort, ReviewThread } from '../../ports/platform/pulls.ts';
import { toActor } from './actors.ts';
import { anything, review } from './answers.ts';
import { converge } from './converge.ts';
import { addMarker } from './markers.ts';
import type { Api } from './request.ts';
import { readThreads } from './review-threads.ts';
import type { Self } from './self.ts';

const states: Readonly<Record<string, Review['state']>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
};

export function createReviewPort(api: Api, self: () => Promise<Self>): ReviewPort {
  const read = (pull: number) => readThreads(api, self, pull);
  return {
    list: (pull) => listReviews(api, pull),
    threads: read,
    resolve: (request) => resolveThread(api, read, request),
  };
}

async function listReviews(api: Api, pull: number): Promise<Review[]> {
  const raw = await api.list(review, 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
    pull_number: pull,
  });
  return raw.flatMap(({ id, user, body, state, commit_id: head, submitted_at: submittedAt }) => {
    const known = states[state.toUpperCase()];
    // One that is still being written has no time, and nobody else's is shown to us.
    if (!known || !submittedAt) return [];
    return [
      {
        id: String(id),
        author: toActor(user),
        state: known,
        head: head ?? '',
        body: body ?? '',
        submittedAt,
      },
    ];
  });
}

type Resolution = Parameters<ReviewPort['resolve']>[0];

function resolveThread(
  api: Api,
  read: (pull: number) => Promise<ReviewThread[]>,
  { pull, thread: id, marker, body }: Resolution,
): Promise<void> {
  return converge(api, async () => {
    const found = (await read(pull)).find((thread) => thread.id === id);
    if (!found)
      throw new TammaError('REALITY_DISAGREES', `pull request #${pull} has no such thread any more`);
    if (!found.comments.some((comment) => comment.marker === marker.trim())) {
      await api.mutate(
        anything,
        `mutation reply($input: AddPullRequestReviewThreadReplyInput!) {
          addPullRequestReviewThreadReply(input: $input) { comment { id } }
        }`,
        { input: { pullRequestReviewThreadId: id, body: addMarker(marker, body) } },
      );
    }
    if (!found.resolved) {
      await api.mutate(
        anything,
        `mutation resolve($threadId: ID!) {
          resolveReviewThread(input: { threadId: $threadId }) { thread { isResolved } }
        }`,
        { threadId: id },
      );
    }
  });
}
