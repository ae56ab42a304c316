import { isTriggered, listWorkflowFiles, type WorkflowFile } from '../actions/workflow-file.ts';
import { notFound, Refusal } from '../answers.ts';
import type { Actor, ForgeEvent, Json, Repository, Run, Workflow, World } from '../state.ts';
import { viewRun, viewWorkflow } from '../views/run.ts';
import { emit, frameOf, type Place } from './events.ts';

/** The workflow of a file; its id stays the same as long as the path does. */
export function workflowOf(world: World, repository: Repository, path: string): Workflow {
  const known = repository.workflows.find((workflow) => workflow.path === path);
  if (known) return known;
  const workflow: Workflow = { id: world.newId(), path, state: 'active' };
  repository.workflows.push(workflow);
  return workflow;
}

/** By id or file name, with its file on the default branch. */
export async function findWorkflow(
  world: World,
  repository: Repository,
  idOrFile: string,
): Promise<{ workflow: Workflow; file: WorkflowFile }> {
  const head = await repository.git.find(`refs/heads/${repository.defaultBranch}`);
  for (const file of await listWorkflowFiles(repository, head ?? '')) {
    const workflow = workflowOf(world, repository, file.path);
    if (String(workflow.id) === idOrFile || file.path.endsWith(`/${idOrFile}`)) return { workflow, file };
  }
  throw notFound();
}

export type RunDraft = {
  file: WorkflowFile;
  event: string;
  ref: string;
  sha: string;
  payload: Json;
  actor: Actor;
  /** Waits until somebody with write access approves it. */
  needsApproval?: boolean;
};

export function createRun(place: Place, draft: RunDraft): Run {
  const { world, repository } = place;
  const workflow = workflowOf(world, repository, draft.file.path);
  const siblings = repository.runs.filter((run) => run.workflow === workflow.id);
  const run: Run = {
    id: world.newId(),
    suite: world.newId(),
    workflow: workflow.id,
    path: draft.file.path,
    name: draft.file.name,
    number: siblings.length + 1,
    attempt: 1,
    event: draft.event,
    actor: draft.actor,
    headBranch: draft.ref.replace(/^refs\/(?:heads|tags)\//, ''),
    headSha: draft.sha,
    status: draft.needsApproval ? 'completed' : 'queued',
    conclusion: draft.needsApproval ? 'action_required' : null,
    title: draft.file.name,
    createdAt: world.now(),
    updatedAt: world.now(),
    jobs: [],
    cancelling: null,
    problem: null,
    payload: draft.payload,
  };
  repository.runs.push(run);
  tellRun(place, run, 'requested');
  return run;
}

export function tellRun(place: Place, run: Run, action: 'requested' | 'in_progress' | 'completed'): void {
  const { world, repository } = place;
  const workflow = workflowOf(world, repository, run.path);
  emit(place, 'workflow_run', action, async () => ({
    workflow_run: await viewRun(world, repository, run),
    workflow: viewWorkflow(world, repository, workflow, run.name),
  }));
}

export function runOf(repository: Repository, id: string | number): Run {
  const run = repository.runs.find((entry) => entry.id === Number(id));
  if (!run) throw notFound();
  return run;
}

export type DispatchOrder = { workflow: string; ref: string; inputs: Readonly<Record<string, unknown>> };

/** `workflow_dispatch`: starts a run whoever asks, the job's own token included. */
export async function dispatchWorkflow(place: Place, order: DispatchOrder): Promise<Run> {
  const { world, repository, actor } = place;
  const { workflow } = await findWorkflow(world, repository, order.workflow);
  const name = order.ref.replace(/^refs\/(?:heads|tags)\//, '');
  const sha = await repository.git.resolve(name);
  if (!sha) throw new Refusal(422, `No ref found for: ${order.ref}`);
  const file = (await listWorkflowFiles(repository, sha)).find(({ path }) => path === workflow.path);
  if (!file?.on.workflow_dispatch)
    throw new Refusal(422, "Workflow does not have 'workflow_dispatch' trigger");
  if (workflow.state !== 'active') throw new Refusal(422, 'Cannot trigger a workflow on a disabled workflow');
  const inputs = readInputs(file, order.inputs);
  const isTag = (await repository.git.find(`refs/tags/${name}`)) === sha;
  const ref = `refs/${isTag ? 'tags' : 'heads'}/${name}`;
  const payload = { ...frameOf(place, undefined), inputs, ref, workflow: file.path };
  emit(place, 'workflow_dispatch', undefined, payload);
  return createRun(place, { file, event: 'workflow_dispatch', ref, sha, payload, actor });
}

/** Every value arrives as text; ones not given have their default. */
function readInputs(file: WorkflowFile, given: Readonly<Record<string, unknown>>): Json {
  const declared = file.on.workflow_dispatch?.inputs ?? {};
  const unexpected = Object.keys(given).filter((name) => !(name in declared));
  if (unexpected.length > 0)
    throw new Refusal(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const entries = Object.entries(declared).map(([name, { default: fallback, required, options }]) => {
    const value = given[name] ?? fallback;
    if (required && (value === undefined || value === ''))
      throw new Refusal(422, `Required input '${name}' not provided`);
    if (options && value !== undefined && !options.includes(String(value))) {
      throw new Refusal(
        422,
        `Provided value '${value}' for input '${name}' not in the list of allowed values`,
      );
    }
    return [name, value === undefined ? '' : String(value)] as const;
  });
  return Object.fromEntries(entries);
}

/** What a job's token may start for all that (GitHub's documentation of GITHUB_TOKEN). */
const FROM_JOBS = ['repository_dispatch', 'workflow_run'];

/** The runs an event starts: none where the job's own token caused it, waiting ones for pull requests it opened. */
export async function startRunsOf(world: World, cause: ForgeEvent, payload: Json): Promise<void> {
  const { event, action, repository, actor } = cause;
  if (event === 'workflow_dispatch') return;
  const isOwnPull = event === 'pull_request' && actor.kind === 'actions';
  if (actor.kind === 'actions' && !FROM_JOBS.includes(event) && !isOwnPull) return;
  if (isOfActions(payload, event)) return;
  if (isNearActions(repository, event, payload)) return;
  if (event === 'workflow_run' && linksTo(repository.runs, payload) > MOST_LINKS) return;
  const { ref, sha } = await findRef(repository, event, payload);
  if (!sha) return;
  for (const file of await listWorkflowFiles(repository, sha)) {
    if (!isTriggered(file, { event, action, ref, payload })) continue;
    if (workflowOf(world, repository, file.path).state !== 'active') continue;
    const draft = { file, event, ref, sha, payload, actor, needsApproval: isOwnPull };
    createRun({ world, repository, actor }, draft);
  }
}

/** Checks of GitHub Actions itself start nothing (GitHub's documentation, "Events that trigger workflows", `check_suite`). */
function isOfActions(payload: Json, event: string): boolean {
  const about = (payload.check_run ?? payload.check_suite) as { app?: { slug?: string } } | undefined;
  return event.startsWith('check_') && about?.app?.slug === 'github-actions';
}

/** Checks start no workflows where Actions made them, or has any of its own there (documentation of `check_suite`). */
function isNearActions({ checkRuns }: Repository, event: string, payload: Json): boolean {
  if (event !== 'check_run' && event !== 'check_suite') return false;
  const { head_sha: sha } = payload[event] as { head_sha: string };
  return checkRuns.some(({ app, headSha }) => app === 'github-actions' && headSha === sha);
}

/** `workflow_run` starts runs of runs of runs, and no more (documentation of the event). */
const MOST_LINKS = 3;

function linksTo(runs: readonly Run[], payload: Json): number {
  const { id } = payload.workflow_run as { id: number };
  const cause = runs.find((run) => run.id === id);
  return cause?.event === 'workflow_run' ? 1 + linksTo(runs, cause.payload) : 1;
}

/** Where a workflow runs: on what was pushed, on the pull request, or on the default branch. */
async function findRef(
  repository: Repository,
  event: string,
  payload: Json,
): Promise<{ ref: string; sha: string | undefined }> {
  if (event === 'push') {
    return { ref: String(payload.ref), sha: payload.deleted ? undefined : String(payload.after) };
  }
  const pull = payload.pull_request as { head: { ref: string; sha: string } } | undefined;
  if (event.startsWith('pull_request') && event !== 'pull_request_target' && pull) {
    return { ref: `refs/heads/${pull.head.ref}`, sha: pull.head.sha };
  }
  const group = payload.merge_group as { head_ref: string; head_sha: string } | undefined;
  if (event === 'merge_group' && group) return { ref: group.head_ref, sha: group.head_sha };
  const deployment = payload.deployment as { ref: string; sha: string } | undefined;
  if (event.startsWith('deployment') && deployment) {
    return { ref: `refs/heads/${deployment.ref}`, sha: deployment.sha };
  }
  const ref = `refs/heads/${repository.defaultBranch}`;
  return { ref, sha: await repository.git.find(ref) };
}
