import type { ForgeCore } from '../core.ts';
import type { Place } from '../model/events.ts';
import { tellRun } from '../model/runs.ts';
import type { Repository, Run } from '../state.ts';
import { findStartupProblem } from './called-workflow.ts';
import { toInputs } from './claims.ts';
import type { Concurrency } from './concurrency.ts';
import type { ActionsOptions } from './options.ts';
import { runJobs } from './run-jobs.ts';
import type { JobReport } from './service.ts';
import { listWorkflowFiles, type WorkflowFile } from './workflow-file.ts';

export type RunPlace = Place & {
  core: ForgeCore;
  run: Run;
  options: ActionsOptions;
  results: JobReport[];
  root: string;
  concurrency: Concurrency;
  /** Aborted where the run is cancelled. */
  signal: AbortSignal;
  /** Aborted where everything has to end at once. */
  halt: AbortSignal;
  /** Called where a job begins or ceases to wait. */
  changed(): void;
};

/** A run from its first job to its conclusion. */
export async function perform(place: RunPlace): Promise<NonNullable<Run['conclusion']>> {
  const { core, run, repository } = place;
  await core.inTurn(async () => {
    Object.assign(run, { status: 'in_progress', updatedAt: core.world.now() });
    tellRun(place, run, 'in_progress');
    await core.tellEvents();
  });
  try {
    const file = await fileOf(repository, run);
    run.problem = file ? await findStartupProblem(place, file) : 'there is no such workflow file';
    if (!file || run.problem) return 'startup_failure';
    const secrets = Object.fromEntries(repository.secrets);
    const outcomes = await runJobs(place, { file, inputs: toInputs(file, run), secrets, prefix: '' });
    const states = [...outcomes.values()].map(({ result }) => result);
    if (states.includes('failure')) return 'failure';
    return place.signal.aborted || states.includes('cancelled') ? 'cancelled' : 'success';
  } catch (error) {
    const problems = [`run of ${run.path}: ${(error as Error).stack}`];
    core.violations.push({ kind: 'run', method: 'RUN', path: run.path, operations: [], problems });
    return 'startup_failure';
  }
}

export async function fileOf(repository: Repository, run: Run): Promise<WorkflowFile | undefined> {
  return (await listWorkflowFiles(repository, run.headSha)).find(({ path }) => path === run.path);
}
