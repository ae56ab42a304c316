/** What a workflow file says, as far as the checks ask. Everything is read as it stands; nothing is evaluated. */
export type WorkflowFacts = {
  path: string;
  /** What GitHub shows; the path where the file gives none. */
  name: string;
  /** By event; empty settings where there are none. */
  triggers: ReadonlyMap<string, TriggerSettings>;
  permissions: Permissions;
  concurrency: { group: string; queue: string; cancels: boolean } | null;
  jobs: readonly JobFacts[];
};

export type TriggerSettings = Readonly<Record<string, unknown>>;

/** Null: not said, so the repository's default holds. */
export type Permissions = Readonly<Record<string, string>> | 'write-all' | 'read-all' | null;

export type JobFacts = {
  id: string;
  /** A reusable workflow. */
  uses: string | undefined;
  /** Text of its `if`; empty where there is none. */
  condition: string;
  /** Its inputs. */
  with: Readonly<Record<string, unknown>>;
  permissions: Permissions;
  environment: string | undefined;
  timeoutMinutes: number | undefined;
  steps: readonly { uses: string | undefined; with: Readonly<Record<string, unknown>> }[];
  /** Names after `secrets.`, without the job's own token; `*` where all are handed on. */
  secrets: readonly string[];
  /** It checks out what a pull request proposes. */
  takesForeignHead: boolean;
};

/** Undefined where the text is no workflow: GitHub does not run it either. */
export async function parseWorkflow(path: string, text: string): Promise<WorkflowFacts | undefined> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const root = toRecord(document.toJS({ maxAliasCount: 100 }));
  const jobs = Object.entries(toRecord(root.jobs)).map(([id, job]) => readJob(id, toRecord(job)));
  const { env } = root;
  const shared = findSecrets(env);
  return {
    path,
    name: toText(root.name) ?? path,
    triggers: readTriggers(root.on),
    permissions: readPermissions(root.permissions),
    concurrency: readConcurrency(root.concurrency),
    jobs: jobs.map((job) => ({ ...job, secrets: [...new Set([...job.secrets, ...shared])] })),
  };
}

function readTriggers(on: unknown): Map<string, TriggerSettings> {
  if (typeof on === 'string') return new Map([[on, {}]]);
  if (Array.isArray(on)) return new Map(on.map((name) => [String(name), {}]));
  // `schedule` alone is a list.
  const toSettings = (given: unknown) => (Array.isArray(given) ? { list: given } : toRecord(given));
  return new Map(Object.entries(toRecord(on)).map(([name, given]) => [name, toSettings(given)]));
}

function readPermissions(value: unknown): Permissions {
  if (value === 'write-all' || value === 'read-all') return value;
  if (value === undefined) return null;
  return Object.fromEntries(Object.entries(toRecord(value)).map(([name, level]) => [name, String(level)]));
}

function readConcurrency(value: unknown): WorkflowFacts['concurrency'] {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return { group: value, queue: '', cancels: false };
  const { group, queue = '', 'cancel-in-progress': cancels } = toRecord(value);
  return { group: String(group), queue: String(queue), cancels: cancels !== undefined && cancels !== false };
}

function readJob(id: string, job: Readonly<Record<string, unknown>>): JobFacts {
  const { environment, 'timeout-minutes': minutes } = job;
  const steps = Array.isArray(job.steps) ? job.steps.map(toRecord) : [];
  return {
    id,
    uses: toText(job.uses),
    condition: toText(job.if) ?? '',
    with: toRecord(job.with),
    permissions: readPermissions(job.permissions),
    environment: toText(environment) ?? toText(toRecord(environment).name),
    timeoutMinutes: typeof minutes === 'number' ? minutes : undefined,
    steps: steps.map((step) => ({ uses: toText(step.uses), with: toRecord(step.with) })),
    secrets: job.secrets === 'inherit' ? ['*'] : findSecrets(job),
    takesForeignHead: /github\.(?:event\.pull_request\.head|head_ref|event\.workflow_run\.head)/.test(
      JSON.stringify(steps.filter((step) => /^actions\/checkout@/.test(String(step.uses)))),
    ),
  };
}

/** GITHUB_TOKEN is the job's own and ends with it. */
function findSecrets(value: unknown): string[] {
  const names = JSON.stringify(value ?? '').matchAll(/\bsecrets\s*(?:\.\s*|\[\s*\\?["'])(\w+)/g);
  return [...new Set([...names].map(([, name = '']) => name))].filter((name) => name !== 'GITHUB_TOKEN');
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
