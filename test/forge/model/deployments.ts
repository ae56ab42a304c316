import type { Deployment, DeploymentStatus } from '../state.ts';
import { viewDeployment, viewDeploymentStatus } from '../views/deployment.ts';
import { emit, type Place } from './events.ts';

export type DeploymentDraft = Pick<Deployment, 'sha' | 'ref' | 'environment' | 'payload'> &
  Partial<Pick<Deployment, 'task' | 'description'>>;

export function addDeployment(place: Place, draft: DeploymentDraft): Deployment {
  const { world, repository, actor } = place;
  const deployment: Deployment = {
    id: world.newId(),
    task: 'deploy',
    description: null,
    user: actor.user,
    createdAt: world.now(),
    updatedAt: world.now(),
    statuses: [],
    ...draft,
  };
  repository.deployments.push(deployment);
  emit(place, 'deployment', 'created', {
    deployment: viewDeployment(place, deployment),
    workflow: null,
    workflow_run: null,
  });
  return deployment;
}

export type StatusDraft = Pick<DeploymentStatus, 'state' | 'description' | 'environmentUrl' | 'logUrl'>;

export function setDeploymentState(
  place: Place,
  deployment: Deployment,
  draft: StatusDraft,
): DeploymentStatus {
  const { world, actor } = place;
  const status: DeploymentStatus = {
    id: world.newId(),
    user: actor.user,
    createdAt: world.now(),
    ...draft,
  };
  deployment.statuses.push(status);
  deployment.updatedAt = status.createdAt;
  emit(place, 'deployment_status', 'created', {
    deployment: viewDeployment(place, deployment),
    deployment_status: viewDeploymentStatus(place, deployment, status),
    check_run: null,
    workflow: null,
    workflow_run: null,
  });
  return status;
}
