import type { CheckRun, Repository } from '../state.ts';
import { viewCheckRun, viewCheckSuite } from '../views/check.ts';
import { emit, type Place } from './events.ts';

export type CheckDraft = Pick<CheckRun, 'name' | 'headSha'> & Partial<Omit<CheckRun, 'id' | 'suite'>>;

/** Suites are one per commit and app. */
export function suiteOf({ world, repository }: Place, sha: string, app: string): number {
  const known = repository.checkRuns.find((run) => run.headSha === sha && run.app === app);
  return known?.suite ?? world.newId();
}

export function addCheckRun(place: Place, draft: CheckDraft & { id?: number; suite?: number }): CheckRun {
  const { world, repository } = place;
  const app = draft.app ?? 'github-actions';
  const run: CheckRun = {
    id: draft.id ?? world.newId(),
    suite: draft.suite ?? suiteOf(place, draft.headSha, app),
    status: 'queued',
    conclusion: null,
    startedAt: world.now(),
    completedAt: null,
    externalId: '',
    detailsUrl: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    ...draft,
    app,
  };
  repository.checkRuns.push(run);
  tellCheckRun(place, run, 'created');
  if (run.conclusion) finishCheckRun(place, run);
  return run;
}

/** Tells of the run's end, and of its suite's when no other run of it is left. */
export function finishCheckRun(place: Place, run: CheckRun): void {
  const { world, repository } = place;
  run.status = 'completed';
  run.completedAt ??= world.now();
  tellCheckRun(place, run, 'completed');
  const siblings = runsOfSuite(repository, run.suite);
  if (siblings.some(({ status }) => status !== 'completed')) return;
  emit(place, 'check_suite', 'completed', async () => ({
    check_suite: await viewCheckSuite(world, repository, siblings),
  }));
}

export function runsOfSuite(repository: Repository, suite: number): CheckRun[] {
  return repository.checkRuns.filter((run) => run.suite === suite);
}

function tellCheckRun(place: Place, run: CheckRun, action: string): void {
  const { world, repository } = place;
  emit(place, 'check_run', action, { check_run: viewCheckRun(world, repository, run) });
}
