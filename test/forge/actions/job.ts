import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Conclusion, Environment, Job, Json } from '../state.ts';
import { createToken } from '../tokens.ts';
import { interpolateAll } from './expressions.ts';
import { type JobPlace, toGithubContext, toJobEnvironment } from './github-context.ts';
import { addIdentity } from './identity.ts';
import type { RunPlace } from './perform.ts';
import { type JobPermissions, toScopes } from './permissions.ts';
import type { Machine, StepResult } from './step-process.ts';
import { runSteps } from './steps.ts';
import type { JobFile } from './workflow-file.ts';

export type JobOrder = {
  key: string;
  file: JobFile;
  permissions: JobPermissions;
  /** `inputs`, `needs`, `matrix`, `vars`. */
  values: Json;
  /** As it stands in the file. */
  env: Json;
  secrets: Readonly<Record<string, string>>;
  record: Job;
  environment: Environment | undefined;
  /** File of the workflow the job stands in, where that is not the run's own. */
  workflowRef: string | undefined;
  /** Aborted where the job is cancelled or its time is over. */
  signal: AbortSignal;
};

export type JobResult = {
  conclusion: Extract<Conclusion, 'success' | 'failure' | 'cancelled' | 'skipped'>;
  outputs: Record<string, string>;
  steps: StepResult[];
  permissions: JobPermissions;
};

/** One job on a machine of its own: an empty workspace, a token that ends with it, its steps in order. */
export async function runJob(place: RunPlace, order: JobOrder): Promise<JobResult> {
  const { world, repository, run, options } = place;
  const temp = await mkdtemp(join(tmpdir(), 'forge-job-'));
  const workspace = join(temp, 'work', repository.name, repository.name);
  const eventPath = join(temp, 'event.json');
  await mkdir(workspace, { recursive: true });
  await writeFile(eventPath, JSON.stringify(run.payload));
  const { permissions, secrets, environment } = order;
  const token = createToken(world, {
    kind: 'actions',
    repository: repository.fullName,
    permissions: toScopes(permissions),
    ...(options.tokenLimit === undefined ? {} : { limit: options.tokenLimit }),
  });
  const paths = { workspace, temp, eventPath };
  const job: JobPlace = { world, repository, run, job: order.key, token, permissions, ...paths };
  const github = toGithubContext(job);
  const identity = permissions['id-token'] === 'write' ? addIdentity(job, github, order) : undefined;
  const machine: Machine = {
    workspace,
    temp,
    environment: { ...toJobEnvironment(job, github, identity), ...options.environment },
    added: {},
    paths: [],
    masks: [token.secret, ...Object.values(secrets), ...(identity === undefined ? [] : [identity])],
    signal: order.signal,
    halt: place.halt,
    grace: options.grace ?? { term: 7500, kill: 2500 },
  };
  const runner = { temp, os: 'Linux', arch: 'X64', tool_cache: temp };
  const vars = { ...(order.values.vars as Json), ...Object.fromEntries(environment?.variables ?? []) };
  const values = {
    ...order.values,
    vars,
    github,
    runner,
    secrets: { ...secrets, GITHUB_TOKEN: token.secret },
  };
  const env = interpolateAll(order.env, { status: 'success', values });
  try {
    return await runSteps({ place, order, machine, values: { ...values, env }, token: token.secret });
  } finally {
    token.isRevoked = true;
    world.identities.delete(identity ?? '');
    await rm(temp, { recursive: true, force: true, maxRetries: 3 });
  }
}
