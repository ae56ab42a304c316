import { needText, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import { runOf } from '../model/runs.ts';
import type { Environment, Gate, Run } from '../state.ts';
import { viewDeployment } from '../views/deployment.ts';
import { viewEnvironmentLink, viewReviewers } from './environments.ts';

const path = '/actions/runs/{run_id}/pending_deployments';

export const pendingDeploymentRoutes: readonly Route[] = [
  { method: 'GET', path, needs: [{ actions: 'read' }], handle: listPending },
  { method: 'POST', path, needs: [{ deployments: 'write' }], role: 'read', handle: review },
];

type Waiting = { gate: Gate; environment: Environment };

function waitingIn({ world, repository }: RepositoryCall, run: Run): Waiting[] {
  const environments = [...repository.environments.values()];
  return [...world.gates.values()].flatMap((gate) => {
    const environment = environments.find(({ id }) => id === gate.environment);
    return gate.run === run.id && environment ? [{ gate, environment }] : [];
  });
}

function mayReview({ actor, token }: RepositoryCall, run: Run, environment: Environment): boolean {
  if (token.kind !== 'pat') return false;
  const isSelf = run.actor.user.id === actor.user.id;
  if (isSelf && environment.preventSelfReview) return false;
  return environment.reviewers.some(({ id }) => id === actor.user.id);
}

function listPending(call: RepositoryCall) {
  const run = runOf(call.repository, call.params.run_id ?? '');
  return ok(
    waitingIn(call, run).map(({ environment }) => ({
      environment: viewEnvironmentLink(call, environment),
      wait_timer: 0,
      wait_timer_started_at: null,
      current_user_can_approve: mayReview(call, run, environment),
      reviewers: viewReviewers(call, environment.reviewers),
    })),
  );
}

/** For the reviewers of the environments; whoever else asks is told so, as GitHub does. */
function review(call: RepositoryCall) {
  const run = runOf(call.repository, call.params.run_id ?? '');
  const state = needText(call.body, 'state') as 'approved' | 'rejected';
  const ids = call.body.environment_ids as number[];
  const wanted = waitingIn(call, run).filter(({ environment }) => ids.includes(environment.id));
  if (wanted.length === 0) throw new Refusal(422, 'There are no pending deployments for this environment');
  if (!wanted.every(({ environment }) => mayReview(call, run, environment))) {
    throw new Refusal(422, 'Validation Failed', { errors: ['Current user is not a reviewer'] });
  }
  for (const { gate } of wanted) gate.decide(state);
  return ok(wanted.map(({ gate }) => viewDeployment(call, gate.deployment)));
}
