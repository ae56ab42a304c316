import { answerEvent } from '../../src/app/action/answer-event.ts';
import type { ActionResult } from '../../src/app/action/context.ts';
import type { EventRequest } from '../../src/app/action/event-request.ts';
import { readEvent } from '../../src/app/action/events/read-event.ts';
import { refreshDashboard } from '../../src/app/dashboard.ts';
import { fillEvents, TAMMA } from '../../src/app/fill-events.ts';
import type { Heard } from '../../src/app/hear.ts';
import { hearComment } from '../../src/app/hear-comment.ts';
import { hearReview } from '../../src/app/hear-review.ts';
import { readEvents, readState } from '../../src/app/read-state.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { createReadContext } from '../../src/app/step-context.ts';
import type { EventData, EventType } from '../../src/core/events/catalogue.ts';
import type { EventDraft, LoggedEvent } from '../../src/core/events/event.ts';
import type { LoopState } from '../../src/core/state.ts';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import type { CommentPlace } from '../../src/ports/platform/issues.ts';
import { readIssueText } from '../../src/steps/issue-text.ts';
import { createMemoryLog, createMemoryStore } from '../../src/stores/memory.ts';
import type { Forge } from '../forge/forge.ts';
import type { Json, Repository, Role } from '../forge/state.ts';
import { EVERYTHING } from '../forge/test-forge.ts';
import { type ActionMore, createActionContext } from './action-context.ts';
import { composeOnForge } from './compose-on-forge.ts';
import { createPerson, type HomePerson } from './github-e2e/person.ts';
import { createGitHubFixture } from './github-platform.ts';
import { asked, checking, escalated, merging, planned, proposed, selected } from './people-standings.ts';

const NAME = 'acme/shop';

/** Issues that wait for people on the forge, and Tamma in this process to hear what they say. */
export type PeopleHome = {
  forge: Forge;
  repository: Repository;
  runtime: Runtime;
  /** Somebody of this name; `write` unless said otherwise. `anybody`: the repository is public, and that is all. */
  person(login: string, role?: Role | 'anybody'): HomePerson;
  /** A request with any token, which must succeed. */
  ask(secret: string, method: string, path: string, body?: Json): Promise<Json>;
  open(issue?: { title: string; body?: string; labels?: string[] }): Promise<number>;
  /** An issue whose plan waits for approval until `expiresAt`. */
  openPlanned(expiresAt?: string): Promise<{ issue: number; digest: string }>;
  /** An issue whose questions wait for answers. */
  openAsking(): Promise<number>;
  /** An issue that a person is asked about. */
  openEscalated(): Promise<number>;
  /** An issue whose pull request waits for approval of its head, or for its checks. */
  openMerging(
    what?: 'approval' | 'ci',
  ): Promise<{ issue: number; pull: number; head: string; branch: string }>;
  /** A plan for this issue as it reads now, which waits for approval; answers with its digest. */
  planOn(issue: number, digest?: string): Promise<string>;
  /** Somebody’s own pull request. */
  openForeignPull(): Promise<number>;
  /** The dashboard, brought up to date; answers with its number. */
  openDashboard(): Promise<number>;
  tick(who: HomePerson, dashboard: number, box: string): Promise<void>;
  /** Somebody pushes one more commit. */
  moveBranch(branch: string, from: string): Promise<string>;
  /** Approving reviews that the default branch wants from now on. */
  wantReviews(count: number): void;
  record(issue: number, drafts: EventDraft[]): Promise<void>;
  /** What becomes of one comment, without what the loop makes of it. */
  hear(id: number, on: number, kind?: CommentPlace['kind']): Promise<Heard>;
  /** What the newest event of this name asks for, as the action reads it. */
  request(event: string): EventRequest;
  /** The newest event of this name, as the action answers it. */
  deliver(event: string, more?: ActionMore): Promise<ActionResult>;
  hearReview(issue: number, pull: number, id: number): Promise<Heard>;
  /** What the log has of commands that were accepted. */
  answered(issue: number): Promise<LoggedEvent[]>;
  withdrawn(issue: number): Promise<EventData['APPROVAL.WITHDRAWN'][]>;
  state(issue: number): Promise<LoopState>;
  answers(issue: number): Promise<{ refused: EventData['COMMAND.REFUSED'][]; received: string[] }>;
  /** What Tamma has written to the platform since the last call of this. */
  takeWrites(): string[];
  /** Another test: the log is empty, and what was said before was said long ago. */
  reset(): void;
  /** Calls of Tamma's to the platform since the last call of `takeWrites`. */
  countCalls(): number;
  close(): Promise<void>;
};

/** `files`: beside a README and a source file on the default branch. */
export async function createPeopleHome(files: Readonly<Record<string, string>> = {}): Promise<PeopleHome> {
  const token = { kind: 'actions', repository: NAME, permissions: EVERYTHING } as const;
  const fixture = await createGitHubFixture({ token, files });
  const { forge, home: repository, options, local } = fixture;
  repository.isPrivate = false;
  await local.git(['remote', 'add', 'origin', options.gitUrl]);
  const clock = createSystemClock();
  const lines: string[] = [];
  const log = createMemoryStore(createMemoryLog(lines));
  const runtime = await composeOnForge(fixture, {
    host: { kind: 'github-actions' },
    clock,
    sandbox: 'best-effort',
    secondMs: 20,
    decorate: {
      store: () => log,
      provider: () => Promise.reject(new Error('no person’s word leads to a model here')),
    },
  });

  const { head: base } = await runtime.platform.branches.getDefault(); // nobody moves it here
  const people = new Map<string, HomePerson>();
  const person: PeopleHome['person'] = (login, role = 'write') => {
    const known = people.get(login) ?? createPerson(forge, NAME, login, role === 'anybody' ? 'read' : role);
    if (role === 'anybody') repository.collaborators.delete(login);
    people.set(login, known);
    return known;
  };
  const open: PeopleHome['open'] = (issue = { title: 'Commas in fields' }) =>
    person('alice').openIssue(issue);

  async function record(issue: number, drafts: EventDraft[]): Promise<void> {
    const tags = { issueId: String(issue), runId: '1' };
    await log.append(fillEvents(drafts, { clock, actor: TAMMA, correlationId: `loop-${issue}`, tags }));
  }

  /** As the steps before this one leave an issue. */
  async function begin(issue: number): Promise<void> {
    const state = await readState(log, issue);
    const { digest } = await readIssueText(createReadContext(runtime, { issue, state }));
    const { configDigest } = runtime;
    await record(issue, selected({ issue, base, issueDigest: digest, configDigest }));
  }

  const inAWeek = () => new Date(clock.now().getTime() + 7 * 86_400_000).toISOString();

  async function planOn(issue: number, wanted?: string, expiresAt = inAWeek()): Promise<string> {
    await begin(issue);
    const digest = wanted ?? issue.toString(16).padStart(2, '0').repeat(32);
    await record(issue, planned(runtime, { digest, expiresAt }));
    return digest;
  }

  async function dataOf<T extends EventType>(issue: number, type: T): Promise<EventData[T][]> {
    const items = [{ types: [type], tags: { issueId: String(issue) } }];
    return (await readEvents(log, { items })).map(({ data }) => data as EventData[T]);
  }

  function request(event: string): EventRequest {
    const delivery = forge.webhooks.deliveries.findLast((one) => one.event === event);
    if (!delivery) throw new Error(`there was no ${event}`);
    const payload: unknown = JSON.parse(delivery.body);
    const workflow = '.github/workflows/tamma.yml';
    return readEvent({ name: event, payload, workflow, mayMatter: (label) => label === 'tamma' });
  }

  let seen = 0;
  const calls = () => forge.requests.slice(seen).filter((one) => one.token === 'actions');

  return {
    forge,
    repository,
    runtime,
    person,
    async ask(secret, method, path, body) {
      const { status, data } = await forge.call(secret, method, `/repos/${NAME}${path}`, body);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(data)}`);
      return data as Json;
    },
    open,
    async openPlanned(expiresAt) {
      const issue = await open();
      return { issue, digest: await planOn(issue, undefined, expiresAt) };
    },
    planOn,
    async openForeignPull() {
      const alice = person('alice');
      const branch = `feature-${forge.requests.length}`;
      await alice.ask('POST', '/git/refs', { ref: `refs/heads/${branch}`, sha: base });
      const change = { message: 'Mine', content: Buffer.from('1;\n').toString('base64'), branch };
      await alice.ask('PUT', '/contents/src/other.js', change);
      const draft = { title: 'My own', head: branch, base: 'main' };
      return (await alice.ask('POST', '/pulls', draft)).number as number;
    },
    async openDashboard() {
      const board = await refreshDashboard(runtime, { picked: [], queue: [], held: [] });
      if (!board) throw new Error('there is nothing to show');
      return board.number;
    },
    async tick(who, dashboard, box) {
      const body = repository.issues.get(dashboard)?.body?.replace(`- [ ] \`${box}\``, `- [x] \`${box}\``);
      await who.ask('PATCH', `/issues/${dashboard}`, { body });
    },
    async moveBranch(name, from) {
      const head = await fixture.commit(from, { 'src/more.js': '1;\n' });
      await runtime.platform.branches.write({ name, head, expected: from });
      return head;
    },
    wantReviews(count) {
      const parameters = {
        required_approving_review_count: count,
        dismiss_stale_reviews_on_push: false,
        require_code_owner_review: false,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
      };
      repository.rulesets.splice(0);
      if (count === 0) return;
      repository.rulesets.push({
        id: 1,
        name: 'Reviews',
        target: 'branch',
        enforcement: 'active',
        include: ['~DEFAULT_BRANCH'],
        rules: [{ type: 'pull_request', parameters }],
        createdAt: forge.world.now(),
      });
    },
    hear: (id, number, kind = 'comment') => hearComment(runtime, { kind, number, id: String(id) }),
    async openAsking() {
      const issue = await open();
      await begin(issue);
      await record(issue, asked(runtime));
      return issue;
    },
    async openEscalated() {
      const issue = await open();
      await begin(issue);
      await record(issue, escalated(runtime, issue));
      return issue;
    },
    async openMerging(what = 'approval') {
      const issue = await open();
      await begin(issue);
      const head = await fixture.commit(base, { 'src/cart.js': `export const cart = [${issue}];\n` });
      const branch = `tamma/${issue}-commas`;
      await runtime.platform.branches.write({ name: branch, head, expected: null });
      const texts = { title: '[Tamma] Commas in fields', body: 'As planned.', labels: [] };
      const draft = { issue, branch, base: 'main', head, draft: false, ...texts };
      const { number: pull, url } = await runtime.platform.pulls.ensure(draft);
      await record(issue, proposed({ base, head, branch, pull, url }));
      const expiresAt = inAWeek();
      await record(issue, what === 'ci' ? checking(runtime) : merging(runtime, { head, expiresAt }));
      return { issue, pull, head, branch };
    },
    record,
    request,
    deliver: (event, more) => answerEvent(createActionContext(runtime, request(event), more)),
    state: (issue) => readState(log, issue),
    hearReview: (issue, pull, id) => hearReview(runtime, { issue, pull, id: String(id) }),
    answered: (issue) =>
      readEvents(log, { items: [{ types: ['COMMAND.RECEIVED'], tags: { issueId: String(issue) } }] }),
    withdrawn: (issue) => dataOf(issue, 'APPROVAL.WITHDRAWN'),
    async answers(issue) {
      const received = await dataOf(issue, 'COMMAND.RECEIVED');
      const refused = await dataOf(issue, 'COMMAND.REFUSED');
      return { refused, received: received.map(({ command }) => command) };
    },
    takeWrites() {
      const writes = calls().filter(({ isWrite }) => isWrite);
      seen = forge.requests.length;
      return writes.map(({ method, path, operations }) =>
        [method, path.replace(`/repos/${NAME}`, '').replace(/\d{3,}/, 'N'), ...operations].join(' '),
      );
    },
    reset() {
      lines.splice(0);
      seen = forge.requests.length;
      const past = { createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' };
      for (const { comments, pull } of repository.issues.values()) {
        for (const comment of comments) Object.assign(comment, past);
        for (const comment of pull?.threads.flatMap((thread) => thread.comments) ?? [])
          Object.assign(comment, past);
      }
    },
    countCalls: () => calls().length,
    async close() {
      await runtime.close();
      await fixture.remove();
    },
  };
}
