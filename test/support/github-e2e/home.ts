import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Around } from '../../../src/app/action/main.ts';
import { readEvents } from '../../../src/app/read-state.ts';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import { foldEvents, type LoopState } from '../../../src/core/state.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import type { EventStore, VerifyReport } from '../../../src/ports/event-store.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import type { ActionsOptions } from '../../forge/actions/options.ts';
import type { JobReport } from '../../forge/actions/service.ts';
import { createForge, type Forge } from '../../forge/forge.ts';
import type { Comment, Issue, Repository, Role } from '../../forge/state.ts';
import { markdownScript, quickScript } from '../e2e/quick-script.ts';
import { COMPILED } from '../e2e/run-steps.ts';
import { type ModelScripts, type ModelServer, startModelServer } from './model.ts';
import { createPerson, type HomePerson } from './person.ts';
import {
  ACTION_FOLDER,
  CONFIG,
  projectFiles,
  readShippedWorkflow,
  sampleIssue,
  WORKFLOW_PATH,
} from './project.ts';
import { createInProcess } from './run-in-process.ts';

export type HomeOptions = {
  /** Beside the sample project's own, or in their place; null: not there. */
  files?: Readonly<Record<string, string | null>>;
  /** Text of `.tamma/config.yml`. */
  config?: string;
  /** Text of the workflow that runs Tamma; default: the shipped minimal one. */
  workflow?: string;
  /** More inputs under `with:` of the shipped one. */
  inputs?: Readonly<Record<string, string>>;
  /** Default: quick answers to issues 1 and 2 of the sample. */
  model?: ModelScripts;
  /** `processes`: `dist/index.js`, as the runner starts it (build it first). `here`: in this process, much cheaper. */
  run?: 'processes' | 'here';
  /** With `run: 'here'`: what is put around the parts. */
  around?: Around;
  /** More for the forge's runner, such as secrets, reusable workflows. */
  runner?: Partial<ActionsOptions>;
};

/** A repository at home on the forge, with Tamma's workflow in it and a runner that has started. */
export type GitHubHome = {
  forge: Forge;
  /** `acme/tidy-csv`. */
  name: string;
  model: ModelServer;
  repository: Repository;
  /** Somebody by this name, `write` unless said otherwise. */
  person(login: string, role?: Role): HomePerson;
  /** Opens an issue of the sample, as alice, without a label. */
  open(number: 1 | 2 | 3): Promise<number>;
  /** Alice puts the label on. */
  label(issue: number, label?: string): Promise<void>;
  /** Until no run is queued, pending or running any more. */
  runUntilIdle(): Promise<void>;
  /** The clock strikes, and the round it starts is over. */
  schedule(): Promise<void>;
  /** The log, of one issue or whole, read from the repository itself. */
  log(issue?: number): Promise<LoggedEvent[]>;
  state(issue: number): Promise<LoopState>;
  verify(): Promise<VerifyReport>;
  /** Jobs that ended, in order, idle ones left out. */
  worked(): JobReport[];
  /** What the runs said, for a test that fails. */
  describeRuns(): string;
  issue(number: number): Issue;
  /** Comments of Tamma's on an issue or pull request. */
  ownComments(number: number): Comment[];
  close(): Promise<void>;
};

const OWNER = 'acme';
const REPO = 'tidy-csv';
const NAME = `${OWNER}/${REPO}`;

/** Long enough for nobody to be a pattern of a real key. */
const KEY = 'a-key-for-the-model-on-this-machine';

export const QUICK_MODEL: ModelScripts = [
  { title: sampleIssue(1).title, script: quickScript() },
  { title: sampleIssue(2).title, script: markdownScript() },
];

export async function createGitHubHome(options: HomeOptions = {}): Promise<GitHubHome> {
  const root = await mkdtemp(join(tmpdir(), 'tamma-home-'));
  await mkdir(join(root, 'forge'));
  await mkdir(join(root, 'tmp'));
  const forge = await createForge({ root: join(root, 'forge') });
  const model = await startModelServer(options.model ?? QUICK_MODEL);
  const repository = await forge.addRepository({ owner: OWNER, name: REPO, files: toFiles(options) });
  const people = new Map<string, HomePerson>();
  const person = (login: string, role: Role = 'write') => {
    const known = people.get(login) ?? createPerson(forge, NAME, login, role);
    people.set(login, known);
    return known;
  };
  const { run = 'here', around, runner } = options;
  forge.actions.start({
    uses: { 'tamma/action': ACTION_FOLDER },
    ...runner,
    secrets: { ANTHROPIC_API_KEY: KEY, ...runner?.secrets },
    variables: { MODEL_URL: model.url, ...runner?.variables },
    environment: {
      TMPDIR: join(root, 'tmp'),
      ANTHROPIC_BASE_URL: model.url,
      ...COMPILED,
      ...runner?.environment,
    },
    ...(run === 'here'
      ? { parallel: 1, inProcess: createInProcess(() => ({ secondMs: 20, ...around })) }
      : {}),
  });

  const withStore = <T>(use: (store: EventStore) => Promise<T>): Promise<T> => {
    const gitDirectory = repository.git.directory;
    const store = createGitBranchStore({ gitDirectory, clock: createSystemClock() });
    return use(store).finally(() => store.close());
  };
  const log = (issue?: number) => {
    const items = issue === undefined ? [] : [{ tags: { issueId: String(issue) } }];
    return withStore((store) => readEvents(store, { items }));
  };
  const issue = (number: number) => {
    const found = repository.issues.get(number);
    if (!found) throw new Error(`there is no issue or pull request ${number}`);
    return found;
  };
  return {
    forge,
    name: NAME,
    model,
    repository,
    person,
    open: (number) => person('alice').openIssue(sampleIssue(number)),
    label: (number, label) => person('alice').label(number, label),
    runUntilIdle: () => forge.actions.idle(),
    async schedule() {
      await forge.actions.schedule(NAME);
      await forge.actions.idle();
    },
    log,
    state: async (number) => foldEvents(await log(number)),
    verify: () => withStore((store) => store.verify()),
    worked: () =>
      forge.actions.results.filter((job) => job.conclusion !== 'skipped' && statusOf(job) !== 'idle'),
    describeRuns: () => forge.actions.results.map(describeJob).join('\n'),
    issue,
    ownComments: (number) => issue(number).comments.filter(({ user }) => user.type === 'Bot'),
    async close() {
      try {
        await forge.close();
      } finally {
        await model.close();
        await rm(root, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
}

function toFiles({ files = {}, config = CONFIG, workflow, inputs }: HomeOptions): Record<string, string> {
  const all = {
    ...projectFiles,
    '.tamma/config.yml': config,
    [WORKFLOW_PATH]: workflow ?? readShippedWorkflow(inputs),
    ...files,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function statusOf({ steps }: JobReport): string {
  return steps.findLast(({ outputs }) => outputs.status)?.outputs.status ?? '';
}

function describeJob({ run, job, conclusion, steps }: JobReport): string {
  const outputs = Object.assign({}, ...steps.map((step) => step.outputs));
  return `── run ${run} ${job}: ${conclusion} ${JSON.stringify(outputs)}\n${steps.map(({ log }) => log).join('')}`;
}
