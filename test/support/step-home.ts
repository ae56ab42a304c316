import { fillEvents, TAMMA } from '../../src/app/fill-events.ts';
import { readEvents, readState } from '../../src/app/read-state.ts';
import type { StepReport } from '../../src/app/reports.ts';
import { runStep } from '../../src/app/run-step.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import type { EventData, EventType } from '../../src/core/events/catalogue.ts';
import { createDraft, type EventDraft } from '../../src/core/events/event.ts';
import { loop, type StepId } from '../../src/core/loop.ts';
import type { LoopState } from '../../src/core/state.ts';
import { createUuidV7 } from '../../src/lib/uuid.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { EVERYTHING } from '../forge/test-forge.ts';
import { composeOnForge } from './compose-on-forge.ts';
import { DIGEST } from './event-log.ts';
import { createPerson, type HomePerson } from './github-e2e/person.ts';
import { createGitHubFixture, type GitHubFixture } from './github-platform.ts';
import { samplePlan } from './sample-loop.ts';

const NAME = 'acme/shop';

export type Standing = { issue: number; branch: string; base: string; head: string; pull: number };

/** Issues on the forge whose loop has come to one of its last steps, and Tamma in this process to take it. */
export type StepHome = {
  fixture: GitHubFixture;
  runtime: Runtime;
  person(login: string, role?: 'write' | 'read'): HomePerson;
  /** An issue of its own with a branch and a pull request, as the steps before this one leave it. */
  standBefore(step: 'CI_CHECK' | 'MERGE' | 'DEPLOYMENT', more?: { draft?: boolean }): Promise<Standing>;
  /** The step that comes next, claimed, published and recorded. `config` stands in for parts of the repository's. */
  step(issue: number, config?: Partial<Runtime['config']>): Promise<StepReport>;
  /** Puts our clock this far ahead of the forge's; 0 is its own time. */
  setAhead(minutes: number): void;
  record(issue: number, drafts: EventDraft[]): Promise<void>;
  state(issue: number): Promise<LoopState>;
  dataOf<T extends EventType>(issue: number, type: T): Promise<EventData[T][]>;
  close(): Promise<void>;
};

export async function createStepHome(files: Readonly<Record<string, string>> = {}): Promise<StepHome> {
  const token = { kind: 'actions', repository: NAME, permissions: EVERYTHING } as const;
  const fixture = await createGitHubFixture({ token, files });
  const { forge, local, options } = fixture;
  await local.git(['remote', 'add', 'origin', options.gitUrl]);
  let later = 0;
  const now = () => new Date(Date.now() + later);
  const clock = { now, newId: () => createUuidV7(now()) };
  const log = createMemoryStore();
  const runtime = await composeOnForge(fixture, {
    host: { kind: 'github-actions', isAlive: () => 'dead' },
    clock,
    sandbox: 'best-effort',
    secondMs: 20,
    decorate: { store: () => log },
  });
  const people = new Map<string, HomePerson>();
  const person: StepHome['person'] = (login, role = 'write') => {
    const known = people.get(login) ?? createPerson(forge, NAME, login, role);
    people.set(login, known);
    return known;
  };

  async function record(issue: number, drafts: EventDraft[]): Promise<void> {
    const tags = { issueId: String(issue), runId: '1' };
    await log.append(fillEvents(drafts, { clock, actor: TAMMA, correlationId: `loop-${issue}`, tags }));
  }

  async function openPull(draft: boolean): Promise<Standing & { url: string }> {
    const issue = await person('alice').openIssue({ title: 'Commas in fields' });
    const { head: base } = await runtime.platform.branches.getDefault();
    const head = await fixture.commit(base, { [`src/cart-${issue}.js`]: `export const n = ${issue};\n` });
    const branch = `tamma/${issue}-commas`;
    await runtime.platform.branches.write({ name: branch, head, expected: null });
    const texts = { title: '[Tamma] Commas in fields', body: 'As planned.', labels: [] };
    const wanted = { issue, branch, base: 'main', head, draft, ...texts };
    const { number: pull, url } = await runtime.platform.pulls.ensure(wanted);
    return { issue, branch, base, head, pull, url };
  }

  return {
    fixture,
    runtime,
    person,
    async standBefore(step, { draft = false } = {}) {
      const standing = await openPull(draft);
      const treeSha = await runtime.repository.treeOf(standing.head);
      await record(standing.issue, [
        ...historyOf({ ...standing, treeSha, draft }),
        ...cursorAt(step, standing),
      ]);
      return standing;
    },
    step: (issue, config = {}) =>
      runStep({ ...runtime, config: { ...runtime.config, ...config } }, { issue }),
    setAhead(minutes) {
      later = minutes * 60_000;
    },
    record,
    state: (issue) => readState(log, issue),
    async dataOf<T extends EventType>(issue: number, type: T) {
      const items = [{ types: [type], tags: { issueId: String(issue) } }];
      return (await readEvents(log, { items })).map(({ data }) => data as EventData[T]);
    },
    async close() {
      await runtime.close();
      await fixture.remove();
    },
  };
}

type Facts = Standing & { url: string; treeSha: string; draft: boolean };

function historyOf({ issue, branch, base, head, pull, url, treeSha, draft }: Facts): EventDraft[] {
  const none = { install: null, build: null, test: null, lint: null, coverage: null };
  const digests = { contextDigest: DIGEST('2'), issueDigest: DIGEST('1'), configDigest: DIGEST('3') };
  const title = 'Commas in fields';
  return [
    createDraft('ISSUE.SELECTED', {
      ...{ number: issue, title, labels: ['tamma'], issueDigest: DIGEST('1'), selectedBy: 'given' },
    }),
    createDraft('CONTEXT.GATHERED.SUCCESS', {
      ...{ baseBranch: 'main', baseSha: base, ...digests, commands: none, project: 'node', files: 2 },
      ...{ removed: {}, sandbox: 'none' },
    }),
    createDraft('DESIGN.PROPOSED', { digest: DIGEST('4'), plan: samplePlan, revision: 1, model: 'm' }),
    createDraft('CODE.GENERATED.SUCCESS', {
      ...{ phase: 'implement', headSha: head, treeSha, files: [], exitCode: 0, round: 1, turns: 1 },
    }),
    createDraft('BRANCH.CREATED.SUCCESS', { branch, sha: head, baseSha: base }),
    createDraft('PR.CREATED.SUCCESS', { number: pull, url, branch, headSha: head, draft }),
  ];
}

function cursorAt(step: StepId, { head, pull }: Standing): EventDraft[] {
  const before = loop[loop.findIndex(({ id }) => id === step) - 1]?.id ?? 'PR_CREATION';
  const done = { stepId: before, run: 1, outcome: 'completed', summary: 'done', durationMs: 1 } as const;
  const merged = {
    number: pull,
    headSha: head,
    mergeSha: head,
    method: 'squash',
    baseBranch: 'main',
  } as const;
  return [
    ...(step === 'CI_CHECK'
      ? []
      : [createDraft('APPROVAL.GRANTED', { kind: 'merge', digest: head, by: 'rule' })]),
    ...(step === 'DEPLOYMENT' ? [createDraft('PR.MERGED.SUCCESS', merged)] : []),
    createDraft('WORKFLOW.STEP_COMPLETED', done),
  ];
}
