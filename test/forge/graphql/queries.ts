import { canSee } from '../access.ts';
import type { Repository } from '../state.ts';
import { fromNodeId } from '../views/user.ts';
import { demandScopes, type GraphqlContext, type Resolver } from './context.ts';
import { GraphqlFailure } from './failure.ts';
import { toIssueObject, toUserObject } from './issue-objects.ts';
import { toPullObject, toThreadObject } from './pull-objects.ts';
import { toRepositoryObject } from './repository-object.ts';

export const queries = {
  viewer: ((_args, { world, actor }) => toUserObject(world, actor.user)) satisfies Resolver,
  rateLimit: ((_args, { token }) => ({
    limit: token.limit,
    used: token.used,
    remaining: token.limit - token.used,
    cost: 1,
    nodeCount: 1,
    resetAt: new Date(Date.now() + 3_600_000).toISOString(),
  })) satisfies Resolver,
  repository: ((args, context) =>
    toRepositoryObject(context, findRepository(context, args))) satisfies Resolver<{
    owner: string;
    name: string;
  }>,
  node: (({ id }, context) => findNode(context, id)) satisfies Resolver<{ id: string }>,
  nodes: (({ ids }, context) => ids.map((id) => findNode(context, id))) satisfies Resolver<{ ids: string[] }>,
};

function findRepository(
  { repositories, token }: GraphqlContext,
  { owner, name }: { owner: string; name: string },
): Repository {
  const repository = repositories.get(`${owner}/${name}`.toLowerCase());
  if (!repository || !canSee(token, repository)) {
    throw new GraphqlFailure(
      'NOT_FOUND',
      `Could not resolve to a Repository with the name '${owner}/${name}'.`,
    );
  }
  return repository;
}

const missing = (id: string) =>
  new GraphqlFailure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);

function visible({ repositories, token }: GraphqlContext): Repository[] {
  return [...repositories.values()].filter((repository) => canSee(token, repository));
}

/** An issue or pull request by its node id. */
export function findIssueNode(context: GraphqlContext, id: string) {
  const { kind, id: number } = fromNodeId(id);
  for (const repository of visible(context)) {
    const issue = [...repository.issues.values()].find((entry) => String(entry.id) === number);
    if (issue && (kind === 'PR') === (issue.pull !== null)) return { repository, issue };
  }
  throw missing(id);
}

export function findThreadNode(context: GraphqlContext, id: string) {
  const { id: number } = fromNodeId(id);
  for (const repository of visible(context)) {
    for (const issue of repository.issues.values()) {
      const thread = issue.pull?.threads.find((entry) => String(entry.id) === number);
      if (thread) return { repository, issue, thread };
    }
  }
  throw missing(id);
}

function findNode(context: GraphqlContext, id: string): unknown {
  const { kind } = fromNodeId(id);
  if (kind === 'PRRT') {
    const { repository, issue, thread } = findThreadNode(context, id);
    return toThreadObject(context, repository, issue, thread);
  }
  if (kind !== 'PR' && kind !== 'I') throw missing(id);
  const { repository, issue } = findIssueNode(context, id);
  demandScopes(context, repository, issue.pull ? { pull_requests: 'read' } : { issues: 'read' });
  return issue.pull ? toPullObject(context, repository, issue) : toIssueObject(context, repository, issue);
}
