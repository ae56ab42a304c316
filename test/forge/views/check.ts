import type { CheckRun, CommitStatus, Conclusion, Issue, Json, Repository, User, World } from '../state.ts';
import { viewSimpleCommit } from './commit.ts';
import { viewPullMinimal } from './pull.ts';
import { apiOf, htmlOf, viewMinimalRepository } from './repository.ts';
import { toNodeId, viewApp, viewUser } from './user.ts';

function openPullsAt(repository: Repository, sha: string): Issue[] {
  return [...repository.issues.values()].filter(
    ({ pull, state }) => pull?.headSha === sha && state === 'open',
  );
}

function viewCheckApp(world: World, app: string): Json | null {
  const login = app === 'github-actions' ? 'github-actions[bot]' : `${app}[bot]`;
  const user = world.users.get(login);
  return user ? viewApp(world, app === 'github-actions' ? 'actions' : 'app', user) : null;
}

export function viewCheckRun(world: World, repository: Repository, run: CheckRun): Json {
  const url = `${apiOf(world, repository)}/check-runs/${run.id}`;
  const html = `${htmlOf(world, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: toNodeId('CR', run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: viewCheckApp(world, run.app),
    pull_requests: openPullsAt(repository, run.headSha).map((pull) =>
      viewPullMinimal(world, repository, pull),
    ),
  };
}

const WORST: readonly Conclusion[] = ['failure', 'timed_out', 'cancelled', 'action_required'];

/** A suite by the runs in it. */
export async function viewCheckSuite(
  world: World,
  repository: Repository,
  runs: readonly CheckRun[],
): Promise<Json> {
  const first = runs[0];
  const sha = first?.headSha ?? '';
  const url = `${apiOf(world, repository)}/check-suites/${first?.suite}`;
  const isDone = runs.every(({ status }) => status === 'completed');
  const bad = WORST.find((worst) => runs.some(({ conclusion }) => conclusion === worst));
  const pulls = openPullsAt(repository, sha);
  const commit = await repository.git.commit(sha);
  return {
    id: first?.suite,
    node_id: toNodeId('CS', first?.suite ?? 0),
    head_branch: pulls[0]?.pull?.head ?? (await branchAt(repository, sha)),
    head_sha: sha,
    status: isDone ? 'completed' : 'in_progress',
    conclusion: isDone ? (bad ?? 'success') : null,
    url,
    before: null,
    after: sha,
    pull_requests: pulls.map((pull) => viewPullMinimal(world, repository, pull)),
    app: viewCheckApp(world, first?.app ?? 'github-actions'),
    repository: viewMinimalRepository(world, repository),
    created_at: first?.startedAt ?? world.now(),
    updated_at: world.now(),
    head_commit: commit && viewSimpleCommit(commit),
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
  };
}

async function branchAt({ git }: Repository, sha: string): Promise<string | null> {
  const found = [...(await git.refs())].find(([ref, at]) => at === sha && ref.startsWith('refs/heads/'));
  return found?.[0].slice('refs/heads/'.length) ?? null;
}

function avatarOf(world: World, user: User): unknown {
  return viewUser(world, user).avatar_url;
}

export function viewStatus(world: World, repository: Repository, status: CommitStatus): Json {
  return {
    url: `${apiOf(world, repository)}/statuses/${status.sha}`,
    avatar_url: avatarOf(world, status.user),
    id: status.id,
    node_id: toNodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

/** `GET /commits/{ref}/status`: the newest of each context, and all in one word. */
export function viewCombined(world: World, repository: Repository, sha: string): Json {
  const newest = new Map(
    repository.statuses.filter((status) => status.sha === sha).map((status) => [status.context, status]),
  );
  const states = [...newest.values()].map(({ state }) => state);
  const isBad = states.includes('failure') || states.includes('error');
  const isGood = states.length > 0 && states.every((state) => state === 'success');
  const url = `${apiOf(world, repository)}/commits/${sha}`;
  return {
    state: isBad ? 'failure' : isGood ? 'success' : 'pending',
    statuses: [...newest.values()].map((status) => viewStatus(world, repository, status)),
    sha,
    total_count: newest.size,
    repository: viewMinimalRepository(world, repository),
    commit_url: url,
    url: `${url}/status`,
  };
}
