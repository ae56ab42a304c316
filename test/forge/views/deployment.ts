import type { Deployment, DeploymentStatus, Json, Repository, World } from '../state.ts';
import { apiOf } from './repository.ts';
import { toNodeId, viewUser } from './user.ts';

type Where = { world: World; repository: Repository };

export function viewDeployment({ world, repository }: Where, deployment: Deployment): Json {
  const url = `${apiOf(world, repository)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: toNodeId('DE', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: viewUser(world, deployment.user),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: apiOf(world, repository),
    transient_environment: false,
    production_environment: deployment.environment === 'production',
  };
}

export function viewDeploymentStatus(
  { world, repository }: Where,
  deployment: Deployment,
  status: DeploymentStatus,
): Json {
  const api = apiOf(world, repository);
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: toNodeId('DES', status.id),
    state: status.state,
    creator: viewUser(world, status.user),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: api,
  };
}
