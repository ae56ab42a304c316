import {
  created,
  list,
  needText,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readText,
} from '../answers.ts';
import { addDeployment, setDeploymentState } from '../model/deployments.ts';
import { checksOf } from '../model/mergeability.ts';
import type { Deployment, DeploymentState } from '../state.ts';
import { viewDeployment as view, viewDeploymentStatus as viewState } from '../views/deployment.ts';

const READ = [{ deployments: 'read' }] as const;
const WRITE = [{ deployments: 'write' }] as const;
const one = '/deployments/{deployment_id}';

export const deploymentRoutes: readonly Route[] = [
  { method: 'GET', path: '/deployments', needs: READ, handle: listDeployments },
  { method: 'POST', path: '/deployments', needs: WRITE, handle: create },
  { method: 'GET', path: one, needs: READ, handle: (call) => ok(view(call, deploymentOf(call))) },
  { method: 'GET', path: `${one}/statuses`, needs: READ, handle: listStatuses },
  { method: 'POST', path: `${one}/statuses`, needs: WRITE, handle: createStatus },
];

function deploymentOf({ repository, params }: RepositoryCall): Deployment {
  const deployment = repository.deployments.find(({ id }) => id === Number(params.deployment_id));
  if (!deployment) throw notFound();
  return deployment;
}

function listDeployments(call: RepositoryCall) {
  const { sha, ref, environment, task } = call.query;
  const wanted = call.repository.deployments.filter(
    (deployment) =>
      (!sha || deployment.sha === sha) &&
      (!ref || deployment.ref === ref) &&
      (!task || deployment.task === task) &&
      (!environment || deployment.environment === environment),
  );
  return list(call, wanted.reverse(), (deployment) => view(call, deployment));
}

/** 409 where checks of the commit are not green, unless `required_contexts` says which ones count. */
async function create(call: RepositoryCall) {
  const { repository, body } = call;
  const ref = needText(body, 'ref');
  const sha = await repository.git.resolve(ref);
  if (!sha) throw new Refusal(422, `No ref found for: ${ref}`);
  const wanted = body.required_contexts as string[] | null | undefined;
  const bad = checksOf(repository, sha).filter(
    ({ name, state }) => state !== 'success' && (wanted?.includes(name) ?? true),
  );
  if (bad.length > 0) throw new Refusal(409, `Conflict: Commit status checks failed for ${ref}.`);
  const deployment = addDeployment(call, {
    sha,
    ref,
    task: readText(body, 'task') ?? 'deploy',
    payload: body.payload ?? {},
    environment: readText(body, 'environment') ?? 'production',
    description: readText(body, 'description') ?? null,
  });
  return created(view(call, deployment));
}

function listStatuses(call: RepositoryCall) {
  const deployment = deploymentOf(call);
  return list(call, [...deployment.statuses].reverse(), (status) => viewState(call, deployment, status));
}

function createStatus(call: RepositoryCall) {
  const { body } = call;
  const deployment = deploymentOf(call);
  const status = setDeploymentState(call, deployment, {
    state: needText(body, 'state') as DeploymentState,
    description: readText(body, 'description') ?? '',
    environmentUrl: readText(body, 'environment_url') ?? '',
    logUrl: readText(body, 'log_url') ?? readText(body, 'target_url') ?? '',
  });
  return created(viewState(call, deployment, status));
}
