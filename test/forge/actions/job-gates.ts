import { addDeployment, setDeploymentState } from '../model/deployments.ts';
import { ensureEnvironment, mayDeploy } from '../model/environments.ts';
import type { Deployment, Environment, Job } from '../state.ts';
import { ACTIONS_BOT } from '../world.ts';
import type { Claim, Claimant } from './concurrency.ts';
import { setJobStatus } from './job-record.ts';
import type { RunPlace } from './perform.ts';

export type Passed = { let: true; leave(): void };
export type Stopped = { let: false; conclusion: 'failure' | 'cancelled'; reason: string };

/** Waits until a job has its concurrency group; a newer one may take its place. */
export function enterGroup(
  place: RunPlace,
  job: Job,
  claim: Claim | undefined,
  abort: () => void,
): Promise<Passed | Stopped> {
  if (!claim) return Promise.resolve({ let: true, leave() {} });
  const { concurrency, signal } = place;
  return new Promise((resolve) => {
    const claimant: Claimant = {
      start() {
        setJobStatus(place, job, 'queued');
        resolve({ let: true, leave: () => concurrency.leave(claimant) });
      },
      cancel() {
        abort();
        resolve({ let: false, conclusion: 'cancelled', reason: `a newer job wants ${claim.group}` });
      },
    };
    const giveUp = () => {
      concurrency.leave(claimant);
      resolve({ let: false, conclusion: 'cancelled', reason: 'the run was cancelled' });
    };
    if (signal.aborted) return giveUp();
    setJobStatus(place, job, 'pending');
    signal.addEventListener('abort', giveUp, { once: true });
    concurrency.enter(claimant, claim);
  });
}

/** In the name of Actions: such a deployment starts no workflows. */
const byActions = (place: RunPlace): RunPlace => ({
  ...place,
  actor: { user: ACTIONS_BOT, kind: 'actions' },
});

export type Admitted = { let: true; environment: Environment; deployment: Deployment };

/** A job with an `environment`: is its branch allowed, and does somebody have to agree? */
export async function enterEnvironment(place: RunPlace, job: Job, name: string): Promise<Admitted | Stopped> {
  const { world, repository, run, core } = place;
  const environment = ensureEnvironment(world, repository, name);
  if (!mayDeploy(repository, environment, run.headBranch)) {
    const reason = `Branch "${run.headBranch}" is not allowed to deploy to ${name} due to environment protection rules.`;
    return { let: false, conclusion: 'failure', reason };
  }
  const deployment = await core.inTurn(async () => {
    const made = addDeployment(byActions(place), {
      sha: run.headSha,
      ref: run.headBranch,
      environment: name,
      payload: {},
    });
    await core.tellEvents();
    return made;
  });
  if (environment.reviewers.length > 0) {
    const decision = await awaitDecision(place, job, environment, deployment);
    if (decision !== 'approved') {
      await tellDeployment(place, deployment, 'failure');
      const conclusion = decision === 'cancelled' ? 'cancelled' : 'failure';
      return { let: false, conclusion, reason: `the deployment to ${name} was ${decision}` };
    }
  }
  return { let: true, environment, deployment };
}

type Decision = 'approved' | 'rejected' | 'cancelled';

function awaitDecision(
  place: RunPlace,
  job: Job,
  environment: Environment,
  deployment: Deployment,
): Promise<Decision> {
  const { world, run, signal } = place;
  return new Promise((resolve) => {
    const decide = (decision: Decision) => {
      world.gates.delete(job.id);
      setJobStatus(place, job, 'queued');
      resolve(decision);
    };
    if (signal.aborted) return resolve('cancelled');
    world.gates.set(job.id, { run: run.id, environment: environment.id, deployment, decide });
    setJobStatus(place, job, 'waiting');
    signal.addEventListener('abort', () => decide('cancelled'), { once: true });
  });
}

export function tellDeployment(
  place: RunPlace,
  deployment: Deployment,
  state: 'in_progress' | 'success' | 'failure',
): Promise<void> {
  return place.core.inTurn(async () => {
    setDeploymentState(byActions(place), deployment, {
      state,
      description: '',
      environmentUrl: '',
      logUrl: '',
    });
    await place.core.tellEvents();
  });
}
