import type { Job, Json, Repository, Run, Workflow, World } from '../state.ts';
import { viewSimpleCommit } from './commit.ts';
import { viewPullMinimal } from './pull.ts';
import { apiOf, htmlOf, viewMinimalRepository } from './repository.ts';
import { toNodeId, viewUser } from './user.ts';

export function viewWorkflow(world: World, repository: Repository, workflow: Workflow, name: string): Json {
  const html = `${htmlOf(world, repository)}/blob/${repository.defaultBranch}/${workflow.path}`;
  return {
    id: workflow.id,
    node_id: toNodeId('W', workflow.id),
    name,
    path: workflow.path,
    state: workflow.state,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    url: `${apiOf(world, repository)}/actions/workflows/${workflow.id}`,
    html_url: html,
    badge_url: `${htmlOf(world, repository)}/workflows/${encodeURIComponent(name)}/badge.svg`,
  };
}

export const htmlOfRun = (world: World, repository: Repository, run: Run) =>
  `${htmlOf(world, repository)}/actions/runs/${run.id}`;

export async function viewRun(world: World, repository: Repository, run: Run): Promise<Json> {
  const api = apiOf(world, repository);
  const url = `${api}/actions/runs/${run.id}`;
  const commit = await repository.git.commit(run.headSha);
  const pulls = [...repository.issues.values()].filter(
    ({ pull, state }) => pull?.headSha === run.headSha && state === 'open',
  );
  return {
    id: run.id,
    name: run.name,
    node_id: toNodeId('WFR', run.id),
    check_suite_id: run.suite,
    check_suite_node_id: toNodeId('CS', run.suite),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    display_title: run.title,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow,
    url,
    html_url: htmlOfRun(world, repository, run),
    pull_requests: pulls.map((pull) => viewPullMinimal(world, repository, pull)),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.createdAt,
    actor: viewUser(world, run.actor.user),
    triggering_actor: viewUser(world, run.actor.user),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${run.suite}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${api}/actions/workflows/${run.workflow}`,
    head_commit: commit ? viewSimpleCommit(commit) : null,
    repository: viewMinimalRepository(world, repository),
    head_repository: viewMinimalRepository(world, repository),
  };
}

export function viewJob(world: World, repository: Repository, run: Run, job: Job): Json {
  const api = apiOf(world, repository);
  return {
    id: job.id,
    run_id: run.id,
    run_url: `${api}/actions/runs/${run.id}`,
    run_attempt: run.attempt,
    node_id: toNodeId('CR', job.id),
    head_sha: run.headSha,
    head_branch: run.headBranch,
    url: `${api}/actions/jobs/${job.id}`,
    html_url: `${htmlOfRun(world, repository, run)}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.startedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map(({ name, conclusion }, index) => ({
      name,
      status: 'completed',
      conclusion,
      number: index + 1,
      started_at: job.startedAt,
      completed_at: job.completedAt,
    })),
    check_run_url: `${api}/check-runs/${job.id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'forge',
    runner_group_id: 1,
    runner_group_name: 'forge',
    workflow_name: run.name,
  };
}
