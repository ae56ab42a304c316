import { notFound } from '../answers.ts';
import type { Comment, Issue, Json, Repository, World } from '../state.ts';
import { viewComment, viewIssue } from '../views/issue.ts';
import { emit, type Place } from './events.ts';

export function findComment(repository: Repository, id: string | number): { issue: Issue; comment: Comment } {
  for (const issue of repository.issues.values()) {
    const comment = issue.comments.find((entry) => entry.id === Number(id));
    if (comment) return { issue, comment };
  }
  throw notFound();
}

export function addComment(place: Place, issue: Issue, body: string): Comment {
  const { world, actor } = place;
  const at = world.now();
  const comment: Comment = {
    id: world.newId(),
    issue: issue.number,
    user: actor.user,
    body,
    createdAt: at,
    updatedAt: at,
    editedAt: null,
    reactions: [],
    kind: actor.kind,
  };
  issue.comments.push(comment);
  issue.updatedAt = at;
  tellComment(place, issue, comment, 'created');
  return comment;
}

/** Within one second of its creation an edit could not be told from none: the time moves on then. */
export function editComment(place: Place, issue: Issue, comment: Comment, body: string): void {
  const before = comment.body;
  comment.body = body;
  comment.editedAt = laterThan(place.world, comment.updatedAt);
  comment.updatedAt = comment.editedAt;
  issue.updatedAt = comment.editedAt;
  tellComment(place, issue, comment, 'edited', { changes: { body: { from: before } } });
}

export function laterThan(world: World, moment: string): string {
  const next = new Date(Date.parse(moment) + 1000).toISOString().replace('.000Z', 'Z');
  return next > world.now() ? next : world.now();
}

export function removeComment(place: Place, issue: Issue, comment: Comment): void {
  issue.comments = issue.comments.filter((entry) => entry !== comment);
  tellComment(place, issue, comment, 'deleted');
}

function tellComment(place: Place, issue: Issue, comment: Comment, action: string, more: Json = {}): void {
  const { world, repository } = place;
  emit(place, 'issue_comment', action, {
    issue: viewIssue(world, repository, issue),
    comment: viewComment(world, repository, comment),
    ...more,
  });
}
