import picomatch from 'picomatch';
import { parse } from 'yaml';
import type { GitStore } from '../git/store.ts';
import type { Json, Repository } from '../state.ts';

export type Permissions = 'read-all' | 'write-all' | Readonly<Record<string, 'read' | 'write' | 'none'>>;
export type StepFile = {
  id?: string;
  name?: string;
  if?: string | boolean;
  uses?: string;
  run?: string;
  with?: Readonly<Record<string, unknown>>;
  env?: Readonly<Record<string, unknown>>;
  'working-directory'?: string;
  'continue-on-error'?: boolean | string;
  'timeout-minutes'?: number | string;
  shell?: string;
};
export type JobFile = {
  name?: string;
  if?: string | boolean;
  needs?: string | string[];
  uses?: string;
  with?: Readonly<Record<string, unknown>>;
  secrets?: 'inherit' | Readonly<Record<string, string>>;
  permissions?: Permissions;
  concurrency?: ConcurrencyFile;
  environment?: string | { name: string; url?: string };
  strategy?: { matrix?: unknown; 'fail-fast'?: boolean };
  'continue-on-error'?: boolean | string;
  'timeout-minutes'?: number | string;
  outputs?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, unknown>>;
  steps?: StepFile[];
};
export type ConcurrencyFile =
  | string
  | { group: string; 'cancel-in-progress'?: boolean | string; queue?: 'max' };
export type Input = { type?: string; default?: unknown; required?: boolean; options?: string[] };
export type Trigger = {
  types?: string | string[];
  branches?: string[];
  'branches-ignore'?: string[];
  tags?: string[];
  workflows?: string[];
  cron?: string;
  inputs?: Readonly<Record<string, Input>>;
  secrets?: Readonly<Record<string, { required?: boolean } | null>>;
  outputs?: Readonly<Record<string, { value: string }>>;
};
export type WorkflowFile = {
  path: string;
  name: string;
  on: Readonly<Record<string, Trigger>>;
  permissions?: Permissions;
  concurrency?: ConcurrencyFile;
  env?: Readonly<Record<string, unknown>>;
  jobs: Readonly<Record<string, JobFile>>;
};

const FOLDER = '.github/workflows';

const known = new WeakMap<GitStore, Map<string, Promise<WorkflowFile[]>>>();

/** Every workflow file of a commit, read once: a commit does not change. */
export function listWorkflowFiles({ git }: Repository, sha: string): Promise<WorkflowFile[]> {
  const ofStore = known.get(git) ?? new Map<string, Promise<WorkflowFile[]>>();
  known.set(git, ofStore);
  const files = ofStore.get(sha) ?? readWorkflowFiles(git, sha);
  ofStore.set(sha, files);
  return files;
}

async function readWorkflowFiles(git: GitStore, sha: string): Promise<WorkflowFile[]> {
  if ((await git.typeOf(`${sha}:${FOLDER}`)) !== 'tree') return [];
  const entries = await git.tree(`${sha}:${FOLDER}`, false);
  const paths = entries.filter(({ path }) => /\.ya?ml$/.test(path)).map(({ path }) => `${FOLDER}/${path}`);
  return Promise.all(
    paths.map(async (path) => parseWorkflow((await git.blob(`${sha}:${path}`)).toString(), path)),
  );
}

export function parseWorkflow(text: string, path: string): WorkflowFile {
  const file = parse(text) as Omit<WorkflowFile, 'path' | 'on'> & { on?: unknown };
  return { ...file, path, name: file.name ?? path, on: toTriggers(file.on) };
}

/** `on` as a name, a list of names, or a map; `schedule` holds a list. */
function toTriggers(on: unknown): Record<string, Trigger> {
  if (typeof on === 'string') return { [on]: {} };
  if (Array.isArray(on)) return Object.fromEntries(on.map((name) => [String(name), {}]));
  const entries = Object.entries((on ?? {}) as Record<string, Trigger | Trigger[] | null>);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, (Array.isArray(value) ? value[0] : value) ?? {}]),
  );
}

/** Types that start a workflow which names none (GitHub's documentation, "Events that trigger workflows"). */
const DEFAULT_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
  merge_group: ['checks_requested'],
};

export type Occasion = { event: string; action: string | undefined; ref: string; payload: Json };

export function isTriggered({ on }: WorkflowFile, { event, action, ref, payload }: Occasion): boolean {
  const trigger = on[event];
  if (!trigger) return false;
  const types = trigger.types === undefined ? DEFAULT_TYPES[event] : [trigger.types].flat();
  if (types && (action === undefined || !types.includes(action))) return false;
  if (event === 'workflow_run') {
    const { name, head_branch: branch } = payload.workflow_run as { name: string; head_branch: string };
    return (trigger.workflows ?? []).includes(name) && isBranchWanted(trigger, branch);
  }
  if (event === 'push' && ref.startsWith('refs/tags/')) {
    return trigger.tags ? picomatch.isMatch(ref.slice('refs/tags/'.length), trigger.tags) : !trigger.branches;
  }
  if (event === 'push' && trigger.tags && !trigger.branches) return false;
  const pull = payload.pull_request as { base: { ref: string } } | undefined;
  const group = payload.merge_group as { base_ref: string } | undefined;
  const branch = (
    pull && event.startsWith('pull_request') ? pull.base.ref : (group?.base_ref ?? ref)
  ).replace('refs/heads/', '');
  return isBranchWanted(trigger, branch);
}

function isBranchWanted(trigger: Trigger, branch: string): boolean {
  const ignored = trigger['branches-ignore'];
  if (ignored && picomatch.isMatch(branch, ignored)) return false;
  return !trigger.branches || picomatch.isMatch(branch, trigger.branches);
}
