import {
  invalid,
  list,
  needText,
  notFound,
  ok,
  type RepositoryCall,
  type Route,
  readText,
} from '../answers.ts';
import { getPull } from '../model/pulls.ts';
import { addReview, tellReview } from '../model/reviews.ts';
import type { Json, Review, ReviewState } from '../state.ts';
import { viewReview, viewReviewComment } from '../views/pull.ts';

const READ = [{ pull_requests: 'read' }] as const;
const WRITE = [{ pull_requests: 'write' }] as const;
const all = '/pulls/{pull_number}/reviews';

export const reviewRoutes: readonly Route[] = [
  { method: 'GET', path: all, needs: READ, handle: listReviews },
  { method: 'POST', path: all, needs: WRITE, role: 'read', handle: create },
  {
    method: 'GET',
    path: `${all}/{review_id}`,
    needs: READ,
    handle: (call) => ok(view(call, reviewOf(call))),
  },
  { method: 'PUT', path: `${all}/{review_id}`, needs: WRITE, role: 'read', handle: edit },
  { method: 'GET', path: `${all}/{review_id}/comments`, needs: READ, handle: listComments },
  { method: 'PUT', path: `${all}/{review_id}/dismissals`, needs: WRITE, handle: dismiss },
];

const pullOf = ({ repository, params }: RepositoryCall) => getPull(repository, params.pull_number ?? '');
const view = (call: RepositoryCall, review: Review) =>
  viewReview(call.world, call.repository, pullOf(call), review);

function reviewOf(call: RepositoryCall): Review {
  const review = pullOf(call).pull.reviews.find(({ id }) => id === Number(call.params.review_id));
  if (!review) throw notFound();
  return review;
}

function listReviews(call: RepositoryCall) {
  return list(call, pullOf(call).pull.reviews, (review) => view(call, review));
}

const STATES: Readonly<Record<string, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

async function create(call: RepositoryCall) {
  const { body } = call;
  const event = readText(body, 'event');
  const state = event === undefined ? 'PENDING' : STATES[event];
  if (!state) throw invalid('PullRequestReview', 'event', 'invalid');
  const commit = readText(body, 'commit_id');
  const comments = (body.comments ?? []) as Json[];
  const draft = { state, body: readText(body, 'body') ?? '', comments, ...(commit ? { commit } : {}) };
  return ok(view(call, await addReview(call, pullOf(call), draft)));
}

function edit(call: RepositoryCall) {
  const review = reviewOf(call);
  const changes = { body: { from: review.body } };
  review.body = needText(call.body, 'body');
  tellReview(call, pullOf(call), review, 'edited', { changes });
  return ok(view(call, review));
}

function listComments(call: RepositoryCall) {
  const review = reviewOf(call);
  const issue = pullOf(call);
  const comments = issue.pull.threads.flatMap((thread) => thread.comments);
  return list(
    call,
    comments.filter((comment) => comment.review === review.id),
    (comment) => viewReviewComment(call.world, call.repository, issue, comment),
  );
}

function dismiss(call: RepositoryCall) {
  const review = reviewOf(call);
  review.state = 'DISMISSED';
  tellReview(call, pullOf(call), review, 'dismissed');
  return ok(view(call, review));
}
