import { listWorkflowFiles } from '../actions/workflow-file.ts';
import { list, needText, noContent, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import { emit } from '../model/events.ts';
import { dispatchWorkflow, findWorkflow, workflowOf } from '../model/runs.ts';
import type { Run } from '../state.ts';
import { apiOf } from '../views/repository.ts';
import { htmlOfRun, viewRun, viewWorkflow } from '../views/run.ts';

const READ = [{ actions: 'read' }] as const;
const WRITE = [{ actions: 'write' }] as const;
const aWorkflow = '/actions/workflows/{workflow_id}';

export const actionRoutes: readonly Route[] = [
  { method: 'GET', path: '/actions/workflows', needs: READ, handle: listWorkflows },
  { method: 'GET', path: aWorkflow, needs: READ, handle: getWorkflow },
  { method: 'GET', path: `${aWorkflow}/runs`, needs: READ, handle: listRunsOfWorkflow },
  { method: 'POST', path: `${aWorkflow}/dispatches`, needs: WRITE, handle: dispatch },
  {
    method: 'PUT',
    path: `${aWorkflow}/disable`,
    needs: WRITE,
    handle: (call) => setState(call, 'disabled_manually'),
  },
  { method: 'PUT', path: `${aWorkflow}/enable`, needs: WRITE, handle: (call) => setState(call, 'active') },
  { method: 'POST', path: '/dispatches', needs: [{ contents: 'write' }], handle: dispatchRepository },
  {
    method: 'GET',
    path: '/actions/runs',
    needs: READ,
    handle: (call) => answerRuns(call, call.repository.runs),
  },
];

async function listWorkflows(call: RepositoryCall) {
  const { world, repository } = call;
  const head = await repository.git.find(`refs/heads/${repository.defaultBranch}`);
  const files = await listWorkflowFiles(repository, head ?? '');
  return list(
    call,
    files,
    (file) => viewWorkflow(world, repository, workflowOf(world, repository, file.path), file.name),
    (workflows, total) => ({ total_count: total, workflows }),
  );
}

async function getWorkflow({ world, repository, params }: RepositoryCall) {
  const { workflow, file } = await findWorkflow(world, repository, params.workflow_id ?? '');
  return ok(viewWorkflow(world, repository, workflow, file.name));
}

async function setState(
  { world, repository, params }: RepositoryCall,
  state: 'active' | 'disabled_manually',
) {
  const { workflow } = await findWorkflow(world, repository, params.workflow_id ?? '');
  workflow.state = state;
  return noContent();
}

/** 204; with `return_run_details`, or in version 2026-03-10, 200 and the run. */
async function dispatch(call: RepositoryCall) {
  const { world, repository, params, body, headers } = call;
  const inputs = (body.inputs ?? {}) as Record<string, unknown>;
  if (Object.keys(inputs).length > 25)
    throw new Refusal(422, 'You may only define up to 25 `inputs` for a `workflow_dispatch` event');
  const order = { workflow: params.workflow_id ?? '', ref: needText(body, 'ref'), inputs };
  const run = await dispatchWorkflow(call, order);
  const wantsDetails = body.return_run_details === true || headers['x-github-api-version'] === '2026-03-10';
  if (!wantsDetails) return noContent();
  return ok({
    workflow_run_id: run.id,
    run_url: `${apiOf(world, repository)}/actions/runs/${run.id}`,
    html_url: htmlOfRun(world, repository, run),
  });
}

function dispatchRepository(call: RepositoryCall) {
  const action = needText(call.body, 'event_type');
  const payload = (call.body.client_payload ?? {}) as Record<string, unknown>;
  if (Object.keys(payload).length > 10)
    throw new Refusal(422, 'No more than 10 properties are allowed; 11 were supplied.');
  const branch = call.repository.defaultBranch;
  emit(call, 'repository_dispatch', action, { branch, client_payload: payload });
  return noContent();
}

function answerRuns(call: RepositoryCall, runs: readonly Run[]) {
  const { world, repository, query } = call;
  const wanted = runs.filter(
    (run) =>
      (!query.branch || run.headBranch === query.branch) &&
      (!query.event || run.event === query.event) &&
      (!query.head_sha || run.headSha === query.head_sha) &&
      (!query.actor || run.actor.user.login === query.actor) &&
      (!query.status || run.status === query.status || run.conclusion === query.status),
  );
  return list(
    call,
    wanted.toReversed(),
    (run) => viewRun(world, repository, run),
    (items, total) => ({ total_count: total, workflow_runs: items }),
  );
}

async function listRunsOfWorkflow(call: RepositoryCall) {
  const { workflow } = await findWorkflow(call.world, call.repository, call.params.workflow_id ?? '');
  return answerRuns(
    call,
    call.repository.runs.filter((run) => run.workflow === workflow.id),
  );
}
