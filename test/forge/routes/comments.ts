import { hasRole } from '../access.ts';
import {
  created,
  list,
  needText,
  noContent,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
} from '../answers.ts';
import { addComment, editComment, findComment, removeComment } from '../model/comments.ts';
import type { Comment, Reaction } from '../state.ts';
import { viewComment, viewReaction } from '../views/issue.ts';
import { checkLength, ISSUE_READ, ISSUE_WRITE, issueOf } from './issues.ts';
import { findReviewComment } from './review-comments.ts';

const reacted = { needs: ISSUE_WRITE, role: 'read' } as const;

/** What can carry reactions, by the path it stands at. */
const REACTABLE: Readonly<Record<string, (call: RepositoryCall) => { reactions: Reaction[] }>> = {
  '/issues/{issue_number}': issueOf,
  '/issues/comments/{comment_id}': (call) => commentOf(call).comment,
  '/pulls/comments/{comment_id}': (call) => findReviewComment(call).comment,
};

export const commentRoutes: readonly Route[] = [
  { method: 'GET', path: '/issues/comments', needs: ISSUE_READ, handle: listAll },
  { method: 'GET', path: '/issues/{issue_number}/comments', needs: ISSUE_READ, handle: listOnIssue },
  { method: 'POST', path: '/issues/{issue_number}/comments', ...reacted, handle: create },
  {
    method: 'GET',
    path: '/issues/comments/{comment_id}',
    needs: ISSUE_READ,
    handle: (call) => ok(view(call, commentOf(call).comment)),
  },
  { method: 'PATCH', path: '/issues/comments/{comment_id}', ...reacted, handle: edit },
  { method: 'DELETE', path: '/issues/comments/{comment_id}', ...reacted, handle: remove },
  ...Object.entries(REACTABLE).flatMap(([path, find]) => reactionRoutes(path, find)),
];

const commentOf = ({ repository, params }: RepositoryCall) =>
  findComment(repository, params.comment_id ?? '');
const view = ({ world, repository }: RepositoryCall, comment: Comment) =>
  viewComment(world, repository, comment);

function listAll(call: RepositoryCall) {
  const all = [...call.repository.issues.values()].flatMap(({ comments }) => comments);
  return list(call, since(call, all), (comment) => view(call, comment));
}

function listOnIssue(call: RepositoryCall) {
  return list(call, since(call, issueOf(call).comments), (comment) => view(call, comment));
}

function since({ query }: RepositoryCall, comments: readonly Comment[]): Comment[] {
  return comments.filter(({ updatedAt }) => !query.since || Date.parse(updatedAt) >= Date.parse(query.since));
}

function create(call: RepositoryCall) {
  const issue = issueOf(call);
  const body = needText(call.body, 'body');
  if (body === '')
    throw new Refusal(422, 'Validation Failed', { errors: [{ code: 'missing_field', field: 'body' }] });
  checkLength(body);
  if (issue.locked && !mayModerate(call))
    throw new Refusal(403, 'Unable to create comment because issue is locked.');
  return created(view(call, addComment(call, issue, body)));
}

function edit(call: RepositoryCall) {
  const { issue, comment } = commentOf(call);
  demandOwn(call, comment);
  const body = needText(call.body, 'body');
  checkLength(body);
  editComment(call, issue, comment, body);
  return ok(view(call, comment));
}

function remove(call: RepositoryCall) {
  const { issue, comment } = commentOf(call);
  demandOwn(call, comment);
  removeComment(call, issue, comment);
  return noContent();
}

function mayModerate({ token, repository, actor }: RepositoryCall): boolean {
  return token.kind !== 'pat' || hasRole(repository, actor.user.login, 'write');
}

function demandOwn(call: RepositoryCall, comment: { user: { id: number } }): void {
  if (!mayModerate(call) && comment.user.id !== call.actor.user.id)
    throw new Refusal(403, 'Must have admin rights to Repository.');
}

function reactionRoutes(path: string, find: (call: RepositoryCall) => { reactions: Reaction[] }): Route[] {
  return [
    {
      method: 'GET',
      path: `${path}/reactions`,
      needs: ISSUE_READ,
      handle: (call) => {
        const { content } = call.query;
        const reactions = find(call).reactions.filter((entry) => !content || entry.content === content);
        return list(call, reactions, (reaction) => viewReaction(call.world, reaction));
      },
    },
    { method: 'POST', path: `${path}/reactions`, ...reacted, handle: (call) => react(call, find(call)) },
    {
      method: 'DELETE',
      path: `${path}/reactions/{reaction_id}`,
      ...reacted,
      handle: (call) => unreact(call, find(call)),
    },
  ];
}

/** One of a kind from each user: the second time answers 200 with the first. */
function react({ world, actor, body }: RepositoryCall, subject: { reactions: Reaction[] }) {
  const content = needText(body, 'content');
  const known = subject.reactions.find(
    (reaction) => reaction.content === content && reaction.user.id === actor.user.id,
  );
  if (known) return ok(viewReaction(world, known));
  const reaction = { id: world.newId(), user: actor.user, content, createdAt: world.now() };
  subject.reactions.push(reaction);
  return created(viewReaction(world, reaction));
}

function unreact({ params }: RepositoryCall, subject: { reactions: Reaction[] }) {
  const rest = subject.reactions.filter(({ id }) => id !== Number(params.reaction_id));
  if (rest.length === subject.reactions.length) throw notFound();
  subject.reactions = rest;
  return noContent();
}
