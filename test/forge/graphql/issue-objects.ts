import type { Comment, Issue, Json, Repository, User, World } from '../state.ts';
import { htmlOf } from '../views/repository.ts';
import { toNodeId, viewAssociation } from '../views/user.ts';
import { connect, type PageArguments } from './connection.ts';
import type { GraphqlContext } from './context.ts';

const named = (labels: readonly string[]) => (args: PageArguments) =>
  connect(
    labels.map((name) => ({ id: toNodeId('LA', name), name })),
    args,
  );

export function toUserObject(world: World, user: User): Json {
  const login = user.type === 'Bot' ? user.login.replace(/\[bot\]$/, '') : user.login;
  return {
    __typename: user.type,
    id: toNodeId(user.type === 'Bot' ? 'BOT' : 'U', user.id),
    databaseId: user.id,
    login,
    name: user.name,
    url: `${world.url}/${login}`,
    resourcePath: `/${login}`,
    avatarUrl: `${world.url}/avatars/u/${user.id}`,
  };
}

/** What issues and pull requests have in common. */
export function toSharedObject(context: GraphqlContext, repository: Repository, issue: Issue): Json {
  const { world } = context;
  return {
    databaseId: issue.pull?.id ?? issue.id,
    fullDatabaseId: String(issue.pull?.id ?? issue.id),
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    url: `${htmlOf(world, repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`,
    author: toUserObject(world, issue.user),
    authorAssociation: viewAssociation(repository, issue.user),
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    closedAt: issue.closedAt,
    closed: issue.state === 'closed',
    locked: issue.locked,
    labels: named(issue.labels),
    assignees: (args: PageArguments) =>
      connect(
        issue.assignees.map((user) => toUserObject(world, user)),
        args,
      ),
    comments: (args: PageArguments) =>
      connect(
        issue.comments.map((comment) => toCommentObject(context, repository, comment)),
        args,
      ),
  };
}

export function toIssueObject(context: GraphqlContext, repository: Repository, issue: Issue): Json {
  const blockers = issue.blockedBy.flatMap((number) => repository.issues.get(number) ?? []);
  return {
    ...toSharedObject(context, repository, issue),
    __typename: 'Issue',
    id: toNodeId('I', issue.id),
    state: issue.state.toUpperCase(),
    stateReason: issue.stateReason?.toUpperCase() ?? null,
    blockedBy: (args: PageArguments) =>
      connect(
        blockers.map((blocker) => toIssueObject(context, repository, blocker)),
        args,
      ),
  };
}

function toCommentObject({ world }: GraphqlContext, repository: Repository, comment: Comment): Json {
  return {
    __typename: 'IssueComment',
    id: toNodeId('IC', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    author: toUserObject(world, comment.user),
    authorAssociation: viewAssociation(repository, comment.user),
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    lastEditedAt: comment.editedAt,
    isMinimized: false,
    url: `${htmlOf(world, repository)}/issues/${comment.issue}#issuecomment-${comment.id}`,
  };
}
