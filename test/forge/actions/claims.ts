import type { Json, Repository, Run } from '../state.ts';
import type { Claim } from './concurrency.ts';
import { isTruthy } from './expression-values.ts';
import { interpolate, interpolateText, type Scope } from './expressions.ts';
import type { ConcurrencyFile, WorkflowFile } from './workflow-file.ts';

/** What `concurrency:` of a workflow or job asks for; undefined where there is none. */
export function toClaim(
  repository: Repository,
  concurrency: ConcurrencyFile | undefined,
  scope: Scope,
): Claim | undefined {
  if (concurrency === undefined) return undefined;
  const { group, ...wish } = typeof concurrency === 'string' ? { group: concurrency } : concurrency;
  return {
    group: `${repository.id} ${interpolateText(group, scope)}`,
    cancelInProgress: isTruthy(interpolate(wish['cancel-in-progress'] ?? false, scope)),
    queue: wish.queue === 'max',
  };
}

/** What is known before a run has jobs. */
export function toRunScope(repository: Repository, run: Run, file: WorkflowFile): Scope {
  const pull = run.payload.pull_request as { head?: { ref: string } } | undefined;
  const github = { ...toShortContext(repository, run), head_ref: pull?.head?.ref ?? '' };
  const vars = Object.fromEntries(repository.variables);
  return { status: 'success', values: { github, inputs: toInputs(file, run), vars } };
}

/** The `github` context outside steps. */
export function toShortContext(repository: Repository, run: Run): Json {
  return {
    event: run.payload,
    event_name: run.event,
    ref: `refs/heads/${run.headBranch}`,
    ref_name: run.headBranch,
    sha: run.headSha,
    actor: run.actor.user.login,
    triggering_actor: run.actor.user.login,
    repository: repository.fullName,
    repository_owner: repository.owner.login,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    workflow: run.name,
  };
}

/** Inputs of a dispatch with their types: booleans and numbers are no texts in the `inputs` context. */
export function toInputs(file: WorkflowFile, run: Run): Json {
  const given = (run.payload.inputs ?? {}) as Record<string, string>;
  const declared = file.on.workflow_dispatch?.inputs ?? {};
  const entries = Object.entries(given).map(([name, value]) => {
    const type = declared[name]?.type;
    return [name, type === 'boolean' ? value === 'true' : type === 'number' ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}
