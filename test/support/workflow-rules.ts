import { parse } from 'yaml';

type Permissions = string | Record<string, string> | undefined;
type StepFile = {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
};
type JobFile = {
  uses?: string;
  permissions?: Permissions;
  'timeout-minutes'?: number;
  secrets?: unknown;
  steps?: StepFile[];
};
export type WorkflowFile = {
  on: Record<string, unknown>;
  permissions?: Permissions;
  concurrency?: unknown;
  jobs: Record<string, JobFile>;
};

/** A name of the rule, and what of the file breaks it. Modelled on zizmor's audits, for what our files can get wrong. */
type Rule = (file: WorkflowFile, text: string) => string[];

const stepsOf = ({ jobs }: WorkflowFile) =>
  Object.entries(jobs).flatMap(([job, { steps = [] }]) => steps.map((step) => ({ job, step })));

/** Written by us: everything else a step `uses` is somebody's else code. */
const OWN = /^(?:\.\/|tamma\/action(?:\/|@))/;

/** What strangers, or a job that read them, may have had a say in. */
const UNTRUSTED =
  /\$\{\{[^}]*(?:github\.(?:event|head_ref|actor|ref_name)|inputs\.|needs\.|steps\.|matrix\.|secrets\.)/;

const isNothing = (permissions: Permissions) =>
  typeof permissions === 'object' && Object.keys(permissions).length === 0;

export const rules: Readonly<Record<string, Rule>> = {
  'no expression in a script': (file) =>
    stepsOf(file).flatMap(({ job, step }) => (UNTRUSTED.test(step.run ?? '') ? [job] : [])),
  'no permission but those that a job names': (file) =>
    isNothing(file.permissions) ? [] : ['the top level'],
  'permissions named for every job': ({ jobs }) =>
    Object.entries(jobs).flatMap(([name, job]) => (typeof job.permissions === 'object' ? [] : [name])),
  'a reason beside every permission to write': (_file, text) =>
    text.split('\n').filter((line) => /^\s+[a-z-]+: write\s*$/.test(line)),
  'foreign actions pinned to a commit, with the version beside it': (_file, text) =>
    [...text.matchAll(/[\s-]uses: (\S+)(.*)/g)].flatMap(([, name = '', rest = '']) => {
      const isPinned = /@[0-9a-f]{40}$/.test(name) && /^ # v\d+\.\d+\.\d+$/.test(rest);
      return OWN.test(name) || name.startsWith('OWNER/') || isPinned ? [] : [name];
    }),
  'no trigger that runs code of a fork with our rights': ({ on }) =>
    Object.keys(on).filter((event) => event === 'pull_request_target'),
  'no credentials left in a checkout': (file) =>
    stepsOf(file).flatMap(({ job, step }) =>
      step.uses?.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false ? [job] : [],
    ),
  'no secret handed on unnamed': ({ jobs }) =>
    Object.entries(jobs).flatMap(([name, { secrets }]) => (secrets === 'inherit' ? [name] : [])),
  'no cache beside a permission to write': (file) =>
    stepsOf(file).flatMap(({ job, step }) => {
      const { permissions = {} } = file.jobs[job] ?? {};
      const writes = Object.values(permissions).includes('write');
      const caches = /^actions\/cache/.test(step.uses ?? '') || step.with?.cache !== undefined;
      return writes && caches ? [job] : [];
    }),
  'a limit to the time of every job': ({ jobs }) =>
    Object.entries(jobs).flatMap(([name, job]) => (job.uses || job['timeout-minutes'] ? [] : [name])),
  'runs that do not get in each other’s way': ({ on, concurrency }) =>
    'workflow_call' in on || concurrency ? [] : ['there is no concurrency'],
  'off the full hour': (_file, text) =>
    [...text.matchAll(/cron: '?(\S+)/g)].flatMap(([, minute = '']) =>
      /^(?:0|00|\*|\*\/.*)$/.test(minute) ? [minute] : [],
    ),
  'an action of ours that ends before its job is cut off': (file) =>
    stepsOf(file).flatMap(({ job, step }) => {
      const limit = Number(step.with?.['time-limit'] ?? 0);
      const all =
        step.with?.phase === undefined || step.with.phase === 'work' || step.with.phase === 'verify';
      const works = step.uses?.startsWith('tamma/action@') && all && step.with?.command !== 'orchestrate';
      const minutes = file.jobs[job]?.['timeout-minutes'] ?? 360;
      return works && !(limit > 0 && limit < minutes) ? [job] : [];
    }),
};

/** Rules that the file breaks: `rule: where`. */
export function findBroken(text: string): string[] {
  const file = parse(text) as WorkflowFile;
  return Object.entries(rules).flatMap(([name, rule]) =>
    rule(file, text).map((where) => `${name}: ${where}`),
  );
}
