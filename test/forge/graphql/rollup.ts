import { rulesFor } from '../model/rules.ts';
import type { CheckRun, CommitStatus, Json, Repository } from '../state.ts';
import { htmlOf } from '../views/repository.ts';
import { toNodeId } from '../views/user.ts';
import { connect, type PageArguments } from './connection.ts';
import type { GraphqlContext } from './context.ts';

const GOOD = ['success', 'neutral', 'skipped'];

/** Null where nothing has reported on the commit. */
export function toRollup(context: GraphqlContext, repository: Repository, sha: string): Json | null {
  const newest = <T>(items: readonly T[], key: (item: T) => string) => [
    ...new Map(items.map((item) => [key(item), item])).values(),
  ];
  const runs = newest(
    repository.checkRuns.filter(({ headSha }) => headSha === sha),
    ({ app, name }) => `${app} ${name}`,
  );
  const statuses = newest(
    repository.statuses.filter((status) => status.sha === sha),
    (status) => status.context,
  );
  if (runs.length + statuses.length === 0) return null;
  const isPending =
    runs.some(({ status }) => status !== 'completed') || statuses.some(({ state }) => state === 'pending');
  const isBad =
    runs.some((run) => run.status === 'completed' && !GOOD.includes(run.conclusion ?? '')) ||
    statuses.some(({ state }) => state === 'failure' || state === 'error');
  const contexts = [
    ...runs.map((run) => toCheckObject(context, repository, run)),
    ...statuses.map((status) => toStatusObject(status)),
  ];
  return {
    __typename: 'StatusCheckRollup',
    id: toNodeId('SCR', sha),
    state: isBad ? 'FAILURE' : isPending ? 'PENDING' : 'SUCCESS',
    contexts: (args: PageArguments) => ({
      ...connect(contexts, args),
      checkRunCount: runs.length,
      statusContextCount: statuses.length,
    }),
  };
}

function toCheckObject({ world }: GraphqlContext, repository: Repository, run: CheckRun): Json {
  const url = `${htmlOf(world, repository)}/runs/${run.id}`;
  return {
    __typename: 'CheckRun',
    id: toNodeId('CR', run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    detailsUrl: run.detailsUrl ?? url,
    url,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    title: run.title,
    summary: run.summary,
    text: run.text,
    isRequired: (_args: Json) =>
      (rulesFor(repository, repository.defaultBranch)?.requiredChecks ?? []).includes(run.name),
    checkSuite: {
      __typename: 'CheckSuite',
      id: toNodeId('CS', run.suite),
      databaseId: run.suite,
      app: { __typename: 'App', slug: run.app, name: run.app },
      workflowRun: null,
    },
  };
}

function toStatusObject(status: CommitStatus): Json {
  return {
    __typename: 'StatusContext',
    id: toNodeId('SC', status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.targetUrl,
    createdAt: status.createdAt,
    isRequired: false,
  };
}
