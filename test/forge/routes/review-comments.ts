import {
  created,
  list,
  needText,
  noContent,
  notFound,
  ok,
  type RepositoryCall,
  type Route,
} from '../answers.ts';
import { laterThan } from '../model/comments.ts';
import { emit } from '../model/events.ts';
import { getPull, type PullIssue } from '../model/pulls.ts';
import { addReviewComment } from '../model/reviews.ts';
import type { ReviewComment, Thread } from '../state.ts';
import { viewPull, viewReviewComment } from '../views/pull.ts';

const READ = [{ pull_requests: 'read' }] as const;
const WRITE = { needs: [{ pull_requests: 'write' }], role: 'read' } as const;

export const reviewCommentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/pulls/comments',
    needs: READ,
    handle: (call) => list(call, listPlaced(call).filter(isSince(call)), (placed) => view(call, placed)),
  },
  {
    method: 'GET',
    path: '/pulls/{pull_number}/comments',
    needs: READ,
    handle: (call) => {
      const number = getPull(call.repository, call.params.pull_number ?? '').number;
      const placed = listPlaced(call).filter(({ issue }) => issue.number === number);
      return list(call, placed, (entry) => view(call, entry));
    },
  },
  { method: 'POST', path: '/pulls/{pull_number}/comments', ...WRITE, handle: create },
  { method: 'POST', path: '/pulls/{pull_number}/comments/{comment_id}/replies', ...WRITE, handle: reply },
  {
    method: 'GET',
    path: '/pulls/comments/{comment_id}',
    needs: READ,
    handle: (call) => ok(view(call, findReviewComment(call))),
  },
  { method: 'PATCH', path: '/pulls/comments/{comment_id}', ...WRITE, handle: edit },
  { method: 'DELETE', path: '/pulls/comments/{comment_id}', ...WRITE, handle: remove },
];

type Placed = { issue: PullIssue; thread: Thread; comment: ReviewComment };

const view = ({ world, repository }: RepositoryCall, { issue, comment }: Placed) =>
  viewReviewComment(world, repository, issue, comment);

function listPlaced({ repository }: RepositoryCall): Placed[] {
  return [...repository.issues.values()].flatMap((issue) =>
    (issue.pull?.threads ?? []).flatMap((thread) =>
      thread.comments.map((comment) => ({ issue: issue as PullIssue, thread, comment })),
    ),
  );
}

const isSince =
  ({ query }: RepositoryCall) =>
  ({ comment }: Placed) =>
    !query.since || Date.parse(comment.updatedAt) >= Date.parse(query.since);

export function findReviewComment(call: RepositoryCall): Placed {
  const placed = listPlaced(call).find(({ comment }) => comment.id === Number(call.params.comment_id));
  if (!placed) throw notFound();
  return placed;
}

async function create(call: RepositoryCall) {
  const issue = getPull(call.repository, call.params.pull_number ?? '');
  const { body } = call;
  const answered = typeof body.in_reply_to === 'number' ? body.in_reply_to : undefined;
  const comment = await addReviewComment(
    call,
    issue,
    { ...body, body: needText(body, 'body') },
    { answered },
  );
  return created(viewReviewComment(call.world, call.repository, issue, comment));
}

async function reply(call: RepositoryCall) {
  const { issue, comment } = findReviewComment(call);
  if (issue.number !== Number(call.params.pull_number)) throw notFound();
  const answer = await addReviewComment(
    call,
    issue,
    { body: needText(call.body, 'body') },
    { answered: comment.id },
  );
  return created(viewReviewComment(call.world, call.repository, issue, answer));
}

function edit(call: RepositoryCall) {
  const placed = findReviewComment(call);
  const { comment, issue } = placed;
  const changes = { body: { from: comment.body } };
  comment.body = needText(call.body, 'body');
  comment.updatedAt = laterThan(call.world, comment.updatedAt);
  emit(call, 'pull_request_review_comment', 'edited', async () => ({
    comment: view(call, placed),
    pull_request: await viewPull(call.world, call.repository, issue),
    changes,
  }));
  return ok(view(call, placed));
}

function remove(call: RepositoryCall) {
  const { issue, thread, comment } = findReviewComment(call);
  thread.comments = thread.comments.filter((entry) => entry !== comment);
  issue.pull.threads = issue.pull.threads.filter(({ comments }) => comments.length > 0);
  return noContent();
}
