import type { Job, Json } from '../state.ts';
import { readCalled } from './called-workflow.ts';
import { toClaim, toShortContext } from './claims.ts';
import { isTruthy } from './expression-values.ts';
import { interpolate, interpolateAll, interpolateText, isWanted, type Scope } from './expressions.ts';
import { runGated } from './gated-job.ts';
import type { JobResult } from './job.ts';
import { addJob, endJob } from './job-record.ts';
import { expandMatrix, nameOf } from './matrix.ts';
import type { RunPlace } from './perform.ts';
import { type JobPermissions, toJobPermissions } from './permissions.ts';
import type { JobFile, WorkflowFile } from './workflow-file.ts';

export type Workflow = {
  file: WorkflowFile;
  inputs: Json;
  secrets: Readonly<Record<string, string>>;
  /** Of the caller, for a called workflow. */
  limit?: JobPermissions;
  /** Where a called workflow is from. */
  ref?: string;
  /** In front of the names of a called workflow's jobs. */
  prefix: string;
};

export type Outcome = {
  result: JobResult['conclusion'];
  outputs: Json;
  /** Its own result without `continue-on-error`, and those of every job before it. */
  chain: readonly JobResult['conclusion'][];
};
export type Order = Needed & { label: string; scope: Scope };
type Needed = { key: string; file: JobFile; needs: ReadonlyMap<string, Outcome> };

const NOTHING = { outputs: {}, steps: [], permissions: {} };

/** Every job of a workflow as soon as the ones it needs are done. Results by the job's key. */
export async function runJobs(place: RunPlace, workflow: Workflow): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Promise<Outcome>>();
  const start = (key: string): Promise<Outcome> => {
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const file = workflow.file.jobs[key];
    if (!file) throw new Error(`no job ${key}`);
    const needed = [file.needs ?? []].flat();
    const outcome = Promise.all(needed.map(async (name) => [name, await start(name)] as const)).then(
      (needs) => runNeeded(place, workflow, { key, file, needs: new Map(needs) }),
    );
    outcomes.set(key, outcome);
    return outcome;
  };
  const keys = Object.keys(workflow.file.jobs);
  const results = await Promise.all(keys.map(async (key) => [key, await start(key)] as const));
  return new Map(results);
}

/** What `success()` and its like mean for a job: every job before it counts, not only those it names. */
function toStatus(place: RunPlace, chain: readonly JobResult['conclusion'][]): Scope['status'] {
  if (place.signal.aborted) return 'cancelled';
  if (chain.includes('failure')) return 'failure';
  return chain.every((state) => state === 'success') ? 'success' : 'skipped';
}

async function runNeeded(place: RunPlace, workflow: Workflow, needed: Needed): Promise<Outcome> {
  const { repository, run } = place;
  const before = [...needed.needs.values()].flatMap(({ chain }) => chain);
  const needs = [...needed.needs].map(([name, { result, outputs }]) => [name, { result, outputs }]);
  const scope: Scope = {
    status: toStatus(place, before),
    values: {
      github: toShortContext(repository, run),
      inputs: workflow.inputs,
      needs: Object.fromEntries(needs),
      vars: Object.fromEntries(repository.variables),
    },
  };
  const name = interpolateText(needed.file.name ?? needed.key, scope);
  if (!isWanted(needed.file.if, scope)) {
    const record = await addJob(place, `${workflow.prefix}${name}`);
    await endJob(place, record, { ...NOTHING, conclusion: 'skipped' });
    return { result: 'skipped', outputs: {}, chain: [...before, 'skipped'] };
  }
  const outcomes = await runRows(place, workflow, { ...needed, label: name, scope });
  const worst = (['failure', 'cancelled', 'skipped'] as const).find((state) =>
    outcomes.some(({ result }) => result === state),
  );
  const outputs = Object.assign({}, ...outcomes.map((outcome) => outcome.outputs)) as Json;
  const isForgiven = isTruthy(interpolate(needed.file['continue-on-error'] ?? false, scope));
  const result = worst === 'failure' && isForgiven ? 'success' : (worst ?? 'success');
  return { result, outputs, chain: [...before, result] };
}

/** One job for each row of the matrix; the first to fail ends the others, unless `fail-fast` is off. */
function runRows(place: RunPlace, workflow: Workflow, order: Order): Promise<Omit<Outcome, 'chain'>[]> {
  const { file, scope, label } = order;
  const matrix = file.strategy?.matrix;
  const rows = expandMatrix(matrix === undefined ? undefined : (interpolateAll(matrix, scope) as Json));
  const failure = new AbortController();
  const isPatient = file.strategy?.['fail-fast'] === false;
  return Promise.all(
    rows.map(async (row) => {
      const values = { ...scope.values, matrix: row, strategy: { 'fail-fast': !isPatient } };
      const name = `${workflow.prefix}${nameOf(label, row)}`;
      const one: Order = { ...order, label: name, scope: { ...scope, values } };
      const outcome =
        file.uses === undefined
          ? await runOne(place, workflow, one, failure.signal)
          : await callWorkflow(place, workflow, one);
      if (outcome.result === 'failure' && !isPatient) failure.abort();
      return outcome;
    }),
  );
}

async function runOne(
  place: RunPlace,
  workflow: Workflow,
  order: Order,
  sibling: AbortSignal,
): Promise<Omit<Outcome, 'chain'>> {
  const { repository } = place;
  const { file, scope, key, label } = order;
  const record: Job = await addJob(place, label);
  const permissions = toJobPermissions(
    file.permissions ?? workflow.file.permissions,
    repository.settings.defaultPermissions,
    workflow.limit,
  );
  const done = await runGated(place, {
    claim: toClaim(repository, file.concurrency, scope),
    minutes: Number(interpolate(file['timeout-minutes'] ?? 360, scope)),
    sibling,
    scope,
    order: {
      ...{ key, file, permissions, record },
      ...{ values: scope.values, env: { ...workflow.file.env, ...file.env }, secrets: workflow.secrets },
      ...{ environment: undefined, workflowRef: workflow.ref, signal: place.signal },
    },
  });
  await endJob(place, record, done);
  return { result: done.conclusion, outputs: done.outputs };
}

async function callWorkflow(
  place: RunPlace,
  caller: Workflow,
  { file, scope, label }: Order,
): Promise<Omit<Outcome, 'chain'>> {
  const uses = file.uses ?? '';
  const called = await readCalled(place, uses);
  const given = interpolateAll(file.with ?? {}, scope) as Json;
  const declared = Object.entries(called.on.workflow_call?.inputs ?? {});
  const inputs = Object.fromEntries(
    declared.map(([name, input]) => [name, given[name] ?? input.default ?? null]),
  );
  const secretScope: Scope = { ...scope, values: { ...scope.values, secrets: caller.secrets } };
  const secrets =
    file.secrets === 'inherit'
      ? caller.secrets
      : (interpolateAll(file.secrets ?? {}, secretScope) as Record<string, string>);
  const limit = toJobPermissions(
    file.permissions ?? caller.file.permissions,
    place.repository.settings.defaultPermissions,
    caller.limit,
  );
  const inner = { file: called, inputs, secrets, limit, ref: uses, prefix: `${label} / ` };
  const results = await runJobs(place, inner);
  const states = [...results.values()].map(({ result }) => result);
  const outputs = Object.entries(called.on.workflow_call?.outputs ?? {}).map(([name, { value }]) => [
    name,
    interpolate(value, { status: 'success', values: { jobs: Object.fromEntries(results), inputs } }),
  ]);
  const bad = (['failure', 'cancelled'] as const).find((state) => states.includes(state));
  const isSkipped = states.length > 0 && states.every((state) => state === 'skipped');
  return {
    result: bad ?? (isSkipped ? 'skipped' : 'success'),
    outputs: Object.fromEntries(outputs) as Json,
  };
}
