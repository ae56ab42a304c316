import { type EventRequest, type EventSource, idle } from '../event-request.ts';
import { at, issueOfBranch, toId } from './payload.ts';

export function readCheckSuite(payload: unknown): EventRequest {
  if (at(payload, 'action') !== 'completed') return idle('the checks are not over');
  return wakeBranch(at(payload, 'check_suite', 'head_branch'));
}

/** Runs on our branches end a wait for CI; a dispatched run may be a deployment. Our own workflow never wakes itself. */
export function readWorkflowRun(payload: unknown, { workflow }: EventSource): EventRequest {
  if (at(payload, 'action') !== 'completed') return idle('the run is not over');
  const path = at(payload, 'workflow_run', 'path') ?? at(payload, 'workflow', 'path');
  if (workflow !== '' && typeof path === 'string' && path.split('@')[0] === workflow)
    return idle('it is a run of this workflow');
  const home = toId(at(payload, 'repository', 'id'));
  if (!home || toId(at(payload, 'workflow_run', 'head_repository', 'id')) !== home)
    return idle('the run is of a fork');
  const woken = wakeBranch(at(payload, 'workflow_run', 'head_branch'));
  if (woken.kind === 'wake') return woken;
  return at(payload, 'workflow_run', 'event') === 'workflow_dispatch' ? { kind: 'wake-deployments' } : woken;
}

export function readDeploymentStatus(payload: unknown): EventRequest {
  const state = at(payload, 'deployment_status', 'state');
  const isOver = state === 'success' || state === 'failure' || state === 'error';
  return isOver ? { kind: 'wake-deployments' } : idle('the deployment is not over');
}

function wakeBranch(branch: unknown): EventRequest {
  const issue = issueOfBranch(branch);
  return issue ? { kind: 'wake', issue } : idle('the branch is not Tamma’s');
}
