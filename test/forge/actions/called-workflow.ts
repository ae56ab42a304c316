import { readFile } from 'node:fs/promises';
import type { Repository, Run } from '../state.ts';
import type { ActionsOptions } from './options.ts';
import { type JobPermissions, toJobPermissions } from './permissions.ts';
import { type JobFile, parseWorkflow, type WorkflowFile } from './workflow-file.ts';

export type CallPlace = { repository: Repository; run: Run; options: ActionsOptions };

/** `jobs.<id>.uses`: a workflow of this repository, or one the test has given a file for. */
export async function readCalled(
  { repository, run, options }: CallPlace,
  uses: string,
): Promise<WorkflowFile> {
  const given = options.workflows?.[uses] ?? options.workflows?.[uses.split('@')[0] ?? ''];
  if (given !== undefined) return parseWorkflow(await readFile(given, 'utf8'), uses);
  if (!uses.startsWith('./')) throw new Error(`the forge does not know the workflow ${uses}`);
  const path = uses.slice(2);
  return parseWorkflow((await repository.git.blob(`${run.headSha}:${path}`)).toString(), path);
}

/** GitHub nests called workflows this deep at most. */
const DEEPEST = 10;

/**
 * Why a run cannot start, in GitHub's words: a called workflow that wants more permissions than its caller has, inputs
 * or secrets it does not know, or misses ones it requires. Null: it can.
 */
export async function findStartupProblem(
  place: CallPlace,
  file: WorkflowFile,
  limit?: JobPermissions,
  depth = 0,
): Promise<string | null> {
  if (depth > DEEPEST) return 'the nesting of reusable workflows is too deep';
  const fallback = place.repository.settings.defaultPermissions;
  for (const [key, job] of Object.entries(file.jobs)) {
    const excess = limit && findExcess(job, file, limit);
    if (excess) return `The nested job '${key}' is requesting ${excess}.`;
    if (job.uses === undefined) continue;
    const called = await readCalled(place, job.uses);
    const problem =
      findMismatch(key, job, called) ??
      (await findStartupProblem(
        place,
        called,
        toJobPermissions(job.permissions ?? file.permissions, fallback, limit),
        depth + 1,
      ));
    if (problem) return problem;
  }
  return null;
}

function findExcess(job: JobFile, file: WorkflowFile, limit: JobPermissions): string | undefined {
  const declared = job.permissions ?? file.permissions;
  if (declared === undefined) return undefined;
  const wanted = toJobPermissions(declared, 'read');
  const rank = { none: 0, read: 1, write: 2 } as const;
  const name = Object.keys(wanted).find((one) => rank[wanted[one] ?? 'none'] > rank[limit[one] ?? 'none']);
  return name && `'${name}: ${wanted[name]}', but is only allowed '${name}: ${limit[name] ?? 'none'}'`;
}

function findMismatch(key: string, job: JobFile, called: WorkflowFile): string | null {
  const trigger = called.on.workflow_call;
  if (!trigger) return `Job '${key}': ${job.uses} is not callable: it has no workflow_call trigger`;
  const given = {
    input: job.with ?? {},
    secret: job.secrets === 'inherit' ? undefined : (job.secrets ?? {}),
  };
  for (const kind of ['input', 'secret'] as const) {
    const names = given[kind];
    if (names === undefined) continue;
    const known = trigger[`${kind}s`] ?? {};
    const unknown = Object.keys(names).find((name) => !(name in known));
    if (unknown)
      return `Job '${key}': Invalid ${kind}, ${unknown} is not defined in the referenced workflow.`;
    const missing = Object.keys(known).find((name) => known[name]?.required && !(name in names));
    if (missing) return `Job '${key}': ${kind} ${missing} is required, but not provided while calling.`;
  }
  return null;
}
