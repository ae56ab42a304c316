import { roleOf } from '../access.ts';
import type { Json, Repository } from '../state.ts';
import { htmlOf } from '../views/repository.ts';
import { toNodeId } from '../views/user.ts';
import { connect, type PageArguments } from './connection.ts';
import { demandScopes, type GraphqlContext } from './context.ts';
import { GraphqlFailure } from './failure.ts';
import { findObject, toRefObject } from './git-objects.ts';
import { toIssueObject, toUserObject } from './issue-objects.ts';
import { stateOf, toPullObject } from './pull-objects.ts';

export function toRepositoryObject(context: GraphqlContext, repository: Repository): Json {
  const { world, actor } = context;
  const { settings } = repository;
  const issueOf = (number: number, isPull: boolean) => {
    demandScopes(context, repository, isPull ? { pull_requests: 'read' } : { issues: 'read' });
    const issue = repository.issues.get(number);
    if (!issue || (issue.pull !== null) !== isPull) {
      const kind = isPull ? 'a PullRequest' : 'an Issue';
      throw new GraphqlFailure('NOT_FOUND', `Could not resolve to ${kind} with the number of ${number}.`);
    }
    return issue;
  };
  const all = [...repository.issues.values()];
  return {
    __typename: 'Repository',
    id: toNodeId('R', repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    owner: toUserObject(world, repository.owner),
    url: htmlOf(world, repository),
    isPrivate: repository.isPrivate,
    viewerPermission: roleOf(repository, actor.user.login).toUpperCase(),
    mergeCommitAllowed: settings.allowMerge,
    squashMergeAllowed: settings.allowSquash,
    rebaseMergeAllowed: settings.allowRebase,
    autoMergeAllowed: settings.allowAutoMerge,
    deleteBranchOnMerge: settings.deleteBranchOnMerge,
    defaultBranchRef: () => toRefObject(context, repository, `refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      toRefObject(
        context,
        repository,
        qualifiedName.startsWith('refs/') ? qualifiedName : `refs/heads/${qualifiedName}`,
      ),
    object: ({ oid, expression }: { oid?: string; expression?: string }) =>
      findObject(context, repository, oid ?? expression ?? ''),
    issue: ({ number }: { number: number }) => toIssueObject(context, repository, issueOf(number, false)),
    pullRequest: ({ number }: { number: number }) => toPullObject(context, repository, issueOf(number, true)),
    issueOrPullRequest: ({ number }: { number: number }) => {
      const isPull = repository.issues.get(number)?.pull !== null;
      const issue = issueOf(number, isPull);
      return isPull ? toPullObject(context, repository, issue) : toIssueObject(context, repository, issue);
    },
    issues: (args: PageArguments & { states?: string[]; labels?: string[] }) => {
      demandScopes(context, repository, { issues: 'read' });
      const wanted = all.filter(
        ({ pull, state, labels }) =>
          !pull &&
          (!args.states || args.states.includes(state.toUpperCase())) &&
          (!args.labels || args.labels.some((label) => labels.includes(label))),
      );
      return connect(
        wanted.map((issue) => toIssueObject(context, repository, issue)),
        args,
      );
    },
    pullRequests: (
      args: PageArguments & { states?: string[]; headRefName?: string; baseRefName?: string },
    ) => {
      demandScopes(context, repository, { pull_requests: 'read' });
      const wanted = all.filter(
        (issue) =>
          issue.pull &&
          (!args.states || args.states.includes(stateOf(issue))) &&
          (!args.headRefName || issue.pull.head === args.headRefName) &&
          (!args.baseRefName || issue.pull.base === args.baseRefName),
      );
      return connect(
        wanted.map((issue) => toPullObject(context, repository, issue)),
        args,
      );
    },
  };
}
