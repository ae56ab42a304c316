import { hasRole } from '../access.ts';
import { created, list, notFound, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import { runOf, tellRun } from '../model/runs.ts';
import { viewJob, viewRun } from '../views/run.ts';

const READ = [{ actions: 'read' }] as const;
const WRITE = [{ actions: 'write' }] as const;
const aRun = '/actions/runs/{run_id}';

export const runRoutes: readonly Route[] = [
  { method: 'GET', path: aRun, needs: READ, handle: getRun },
  { method: 'GET', path: `${aRun}/jobs`, needs: READ, handle: listJobs },
  { method: 'POST', path: `${aRun}/approve`, needs: WRITE, handle: approve },
  { method: 'POST', path: `${aRun}/cancel`, needs: WRITE, handle: (call) => cancel(call, 'gently') },
  { method: 'POST', path: `${aRun}/force-cancel`, needs: WRITE, handle: (call) => cancel(call, 'force') },
  { method: 'POST', path: `${aRun}/rerun`, needs: WRITE, handle: rerun },
  { method: 'POST', path: `${aRun}/rerun-failed-jobs`, needs: WRITE, handle: rerun },
  { method: 'GET', path: '/actions/jobs/{job_id}', needs: READ, handle: getJob },
  { method: 'GET', path: '/actions/jobs/{job_id}/logs', needs: READ, handle: getLog },
];

const runOfCall = ({ repository, params }: RepositoryCall) => runOf(repository, params.run_id ?? '');

async function getRun(call: RepositoryCall) {
  return ok(await viewRun(call.world, call.repository, runOfCall(call)));
}

function listJobs(call: RepositoryCall) {
  const run = runOfCall(call);
  return list(
    call,
    run.jobs,
    (job) => viewJob(call.world, call.repository, run, job),
    (jobs, total) => ({ total_count: total, jobs }),
  );
}

/** For a person with write access; GITHUB_TOKEN cannot approve runs. */
function approve(call: RepositoryCall) {
  const run = runOfCall(call);
  const { token, repository, actor } = call;
  if (token.kind === 'actions' || !hasRole(repository, actor.user.login, 'write'))
    throw new Refusal(403, 'Resource not accessible by integration');
  if (run.conclusion !== 'action_required')
    throw new Refusal(403, 'This run is not from a fork pull request or it is not waiting for approval');
  Object.assign(run, { status: 'queued', conclusion: null, updatedAt: call.world.now() });
  return created({});
}

/** Jobs get time to end; where nothing runs them yet, the run is over at once. */
function cancel(call: RepositoryCall, how: 'gently' | 'force') {
  const run = runOfCall(call);
  if (run.status === 'completed') throw new Refusal(409, 'Cannot cancel a workflow run that is completed.');
  run.cancelling = how;
  if (run.status === 'queued' && run.jobs.length === 0) {
    Object.assign(run, { status: 'completed', conclusion: 'cancelled', cancelling: null });
    run.updatedAt = call.world.now();
    tellRun(call, run, 'completed');
  }
  return { status: 202, body: {} };
}

function rerun(call: RepositoryCall) {
  const run = runOfCall(call);
  if (run.status !== 'completed') throw new Refusal(403, 'The workflow run is already running');
  Object.assign(run, { status: 'queued', conclusion: null, attempt: run.attempt + 1, jobs: [] });
  return created({});
}

function jobOf({ repository, params }: RepositoryCall) {
  for (const run of repository.runs) {
    const job = run.jobs.find(({ id }) => id === Number(params.job_id));
    if (job) return { run, job };
  }
  throw notFound();
}

function getJob(call: RepositoryCall) {
  const { run, job } = jobOf(call);
  return ok(viewJob(call.world, call.repository, run, job));
}

/** A redirect to text that needs no token, as at GitHub. */
function getLog(call: RepositoryCall) {
  const { job } = jobOf(call);
  return {
    status: 302,
    headers: { location: `${call.world.url}/_logs/${call.repository.fullName}/${job.id}` },
  };
}
