import { invalid, notFound, Refusal } from '../answers.ts';
import type { Json, Review, ReviewComment, ReviewState, Side, Thread } from '../state.ts';
import { viewPull, viewReview, viewReviewComment } from '../views/pull.ts';
import { emit, type Place } from './events.ts';
import type { PullIssue } from './pulls.ts';

export type ReviewDraft = { state: ReviewState; body: string; commit?: string; comments: readonly Json[] };

/** An opinion of one's own pull request is refused; so is an approval by GITHUB_TOKEN where the setting forbids it. */
export async function addReview(place: Place, issue: PullIssue, draft: ReviewDraft): Promise<Review> {
  const { world, repository, actor } = place;
  const isOwn = issue.user.id === actor.user.id;
  const own = { APPROVED: 'approve', CHANGES_REQUESTED: 'request changes on' } as const;
  if (isOwn && draft.state in own) {
    throw new Refusal(422, 'Unprocessable Entity', {
      errors: [`Can not ${own[draft.state as keyof typeof own]} your own pull request`],
    });
  }
  if (draft.state === 'APPROVED' && actor.kind === 'actions' && !repository.settings.actionsMayOpenPulls) {
    throw new Refusal(422, 'Unprocessable Entity', {
      errors: ['GitHub Actions is not permitted to approve pull requests.'],
    });
  }
  if (draft.state !== 'APPROVED' && draft.body === '' && draft.comments.length === 0) {
    throw invalid('PullRequestReview', 'body', 'missing_field');
  }
  for (const { path } of draft.comments) await demandChanged(place, issue, String(path));
  const review: Review = {
    id: world.newId(),
    user: actor.user,
    body: draft.body,
    state: draft.state,
    commit: draft.commit ?? issue.pull.headSha,
    submittedAt: world.now(),
  };
  issue.pull.reviews.push(review);
  issue.pull.requestedReviewers = issue.pull.requestedReviewers.filter(({ id }) => id !== actor.user.id);
  issue.updatedAt = world.now();
  tellReview(place, issue, review, 'submitted');
  for (const comment of draft.comments) await addReviewComment(place, issue, comment, { review });
  return review;
}

/** The event writes states small; the API writes them large. */
export function tellReview(
  place: Place,
  issue: PullIssue,
  review: Review,
  action: string,
  more: Json = {},
): void {
  const { world, repository } = place;
  emit(place, 'pull_request_review', action, async () => ({
    review: { ...viewReview(world, repository, issue, review), state: review.state.toLowerCase() },
    pull_request: await viewPull(world, repository, issue),
    ...more,
  }));
}

type CommentPlace = { review?: Review; answered?: number | undefined };

/** A comment on a line: the start of a thread, or an answer in one. */
export async function addReviewComment(
  place: Place,
  issue: PullIssue,
  draft: Json,
  { review, answered }: CommentPlace,
): Promise<ReviewComment> {
  const { world, repository, actor } = place;
  const thread = answered === undefined ? undefined : findThread(issue, answered);
  const first = thread?.comments[0];
  const path = first?.path ?? String(draft.path ?? '');
  if (!first) await demandChanged(place, issue, path);
  const id = world.newId();
  const at = world.now();
  const comment: ReviewComment = {
    id,
    thread: thread?.id ?? id,
    review: review?.id ?? (await addImplicitReview(place, issue)).id,
    user: actor.user,
    kind: actor.kind,
    body: String(draft.body ?? ''),
    path,
    line: first ? first.line : toLine(draft.line ?? draft.position),
    startLine: first ? first.startLine : toLine(draft.start_line),
    side: first?.side ?? (draft.side as Side | undefined) ?? 'RIGHT',
    commit: String(draft.commit_id ?? issue.pull.headSha),
    createdAt: at,
    updatedAt: at,
    reactions: [],
  };
  if (thread) thread.comments.push(comment);
  else issue.pull.threads.push({ id, isResolved: false, resolvedBy: null, comments: [comment] });
  emit(place, 'pull_request_review_comment', 'created', async () => ({
    comment: viewReviewComment(world, repository, issue, comment),
    pull_request: await viewPull(world, repository, issue),
  }));
  return comment;
}

const toLine = (value: unknown) => (typeof value === 'number' ? value : null);

/** GitHub puts a single comment into a review of its own. */
function addImplicitReview(place: Place, issue: PullIssue): Promise<Review> {
  const { world, actor } = place;
  const review: Review = {
    id: world.newId(),
    user: actor.user,
    body: '',
    state: 'COMMENTED',
    commit: issue.pull.headSha,
    submittedAt: world.now(),
  };
  issue.pull.reviews.push(review);
  return Promise.resolve(review);
}

async function demandChanged({ repository }: Place, { pull }: PullIssue, path: string): Promise<void> {
  const start = (await repository.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const files = await repository.git.changes(start, pull.headSha);
  if (!files.some((file) => file.path === path)) {
    throw new Refusal(422, 'Validation Failed', {
      errors: [
        { resource: 'PullRequestReviewComment', field: 'pull_request_review_thread.path', code: 'invalid' },
      ],
    });
  }
}

function findThread(issue: PullIssue, commentId: number): Thread {
  const thread = issue.pull.threads.find(({ comments }) => comments.some(({ id }) => id === commentId));
  if (!thread) throw notFound();
  return thread;
}
