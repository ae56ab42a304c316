import { addCheckRun, finishCheckRun } from '../model/checks.ts';
import type { CheckStatus, Job } from '../state.ts';
import type { JobResult } from './job.ts';
import type { RunPlace } from './perform.ts';

/** A job and its check run, which carry the same id. */
export function addJob(place: RunPlace, name: string): Promise<Job> {
  const { world, run, core } = place;
  return core.inTurn(async () => {
    const id = world.newId();
    const job: Job = {
      id,
      name,
      status: 'queued',
      conclusion: null,
      startedAt: world.now(),
      completedAt: null,
      steps: [],
      log: '',
    };
    run.jobs.push(job);
    addCheckRun(place, { id, suite: run.suite, name, headSha: run.headSha, status: 'queued' });
    await core.tellEvents();
    return job;
  });
}

export function setJobStatus(place: RunPlace, job: Job, status: CheckStatus): void {
  job.status = status;
  const check = place.repository.checkRuns.find(({ id }) => id === job.id);
  if (check) check.status = status;
  refreshRun(place);
}

/** A run waits as a whole while some of its jobs wait and none is busy. */
function refreshRun({ run, changed }: RunPlace): void {
  const isWaiting = run.jobs.some(({ status }) => status === 'waiting');
  run.status = isBlocked(run.jobs) ? (isWaiting ? 'waiting' : 'pending') : 'in_progress';
  changed();
}

export function isBlocked(jobs: readonly Job[]): boolean {
  const open = jobs.filter(({ status }) => status !== 'completed');
  return open.length > 0 && open.every(({ status }) => status === 'waiting' || status === 'pending');
}

export function endJob(place: RunPlace, job: Job, result: JobResult): Promise<void> {
  const { world, repository, core, run } = place;
  return core.inTurn(async () => {
    Object.assign(job, { status: 'completed', conclusion: result.conclusion, completedAt: world.now() });
    place.results.push({ run: run.id, job: job.name, ...result });
    const check = repository.checkRuns.find(({ id }) => id === job.id);
    if (check) {
      check.conclusion = result.conclusion;
      finishCheckRun(place, check);
    }
    refreshRun(place);
    await core.tellEvents();
  });
}
