import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshDashboard } from '../../src/app/dashboard.ts';
import { fillEvents, TAMMA } from '../../src/app/fill-events.ts';
import { orchestrate } from '../../src/app/orchestrate.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { createDraft, type EventDraft } from '../../src/core/events/event.ts';
import { addCheckRun } from '../forge/model/checks.ts';
import type { HomePerson } from '../support/github-e2e/person.ts';
import { createPeopleHome, type PeopleHome } from '../support/people-home.ts';

let home: PeopleHome;
/** Three issues, the first of which comes first. */
let issues: number[];
let started: number[];

beforeAll(async () => {
  home = await createPeopleHome();
});
beforeEach(async () => {
  home.reset();
  for (const issue of home.repository.issues.values()) issue.state = 'closed';
  issues = [await open(), await open(), await open()];
  started = [];
});
afterAll(() => home.close());

/** An issue with the label, set by somebody who may write unless said otherwise. */
async function open(body = 'As the title says.', by: HomePerson = home.person('alice')): Promise<number> {
  const issue = await home.open({ title: 'Commas in fields', body });
  await by.label(issue);
  return issue;
}

const at = (index: number) => issues[index] ?? 0;

const start = (issue: number) => {
  started.push(issue);
  return Promise.resolve(true);
};

type Config = Runtime['config'];
type More = { select?: Partial<Config['select']>; budget?: Partial<Config['budget']>; listOnly?: boolean };

/** `select`, `budget`: in place of what is configured. */
function round({ select, budget, ...options }: More = {}) {
  const { config } = home.runtime;
  const own = {
    ...config,
    select: { ...config.select, ...select },
    budget: { ...config.budget, ...budget },
  };
  return orchestrate({ ...home.runtime, config: own }, { start, ...options });
}

const oneAtATime = { select: { maxActive: 1 } };
const LONG_AGO = '2026-01-01T10:00:00.000Z';

async function record(issue: number, drafts: EventDraft[], time?: string) {
  const { store, clock } = home.runtime;
  const then = time ? { ...clock, now: () => new Date(time) } : clock;
  const tags = { issueId: String(issue), runId: '1' };
  await store.append(fillEvents(drafts, { clock: then, actor: TAMMA, correlationId: 'x', tags }));
}

function selected(number: number): EventDraft {
  const facts = { title: `Issue ${number}`, labels: ['tamma'], issueDigest: 'd'.repeat(64) };
  return createDraft('ISSUE.SELECTED', { number, ...facts, selectedBy: 'queue' });
}

const ended = createDraft('WORKFLOW.STEP_COMPLETED', {
  ...{ stepId: 'ISSUE_ASSIGNMENT', run: 1, outcome: 'completed', summary: 'assigned', durationMs: 1 },
});

const asked = createDraft('WORKFLOW.WAITING', { stepId: 'DESIGN', run: 1, for: 'approval', durationMs: 1 });

describe('a round', () => {
  test('starts a run for each of the queue, up to the limit', async () => {
    const { picked, queue } = await round({ select: { maxActive: 2 } });
    expect(started).toEqual(issues.slice(0, 2));
    expect(picked.every(({ dispatched }) => dispatched)).toBe(true);
    expect(queue).toEqual(issues.slice(2));
  });

  test('leaves an issue alone whose run may be about to start, and takes up one that has stopped', async () => {
    await record(at(0), [selected(at(0)), ended]);
    await record(at(1), [selected(at(1)), ended], LONG_AGO);
    await round();
    expect(started).toContain(at(1));
    expect(started).not.toContain(at(0));
  });

  test('does not start again what another round has just started, however late its run comes', async () => {
    await round(oneAtATime);
    const [first] = started;
    const { picked, queue } = await round(oneAtATime);
    expect({ picked, started }).toEqual({ picked: [], started: [first] });
    expect(queue).toContain(first);
  });

  test('of two at the same moment only one starts an issue', async () => {
    await Promise.all([round(oneAtATime), round(oneAtATime)]);
    expect(started).toHaveLength(1);
  });

  test('an issue that waits for a person for more than a day keeps no other from being begun', async () => {
    await record(at(0), [selected(at(0)), asked], LONG_AGO);
    await round(oneAtATime);
    expect(started).toEqual([at(1)]);
  });

  test('however many wait for people, three times what may be active is the most under way', async () => {
    const fourth = await open();
    for (const issue of [at(0), at(1), fourth]) await record(issue, [selected(issue), asked], LONG_AGO);
    await round(oneAtATime);
    expect(started).toEqual([]);
  });

  test('begins nothing that is blocked by an open issue', async () => {
    const blocked = await open(`Blocked by #${at(1)}, #7777.`);
    const { held } = await round({ select: { maxActive: 9 } });
    expect(started).toEqual(issues);
    expect(held).toMatchObject([{ issue: blocked, because: `blocked by #${at(1)}` }]);
  });

  test('begins nothing by a label of an outsider, and has that on record once', async () => {
    const theirs = await open('Please.', home.person('tess', 'triage'));
    const first = await round({ select: { maxActive: 9 } });
    await round({ select: { maxActive: 9 } });
    expect(first.held?.map(({ issue }) => issue)).toEqual([theirs]);
    expect(started).not.toContain(theirs);
    const { refused } = await home.answers(theirs);
    expect(refused).toMatchObject([{ command: 'run', argument: 'by its label' }]);
  });

  test('begins nothing once the day’s budget is spent', async () => {
    const cost = createDraft('AI.RESPONSE.RECEIVED', {
      requestId: 'r',
      task: 'design',
      turn: 1,
      responseDigest: 'd'.repeat(64),
      stopReason: 'end',
      usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
      costUsd: 1.5,
      priceAsOf: '2026-11-20',
      durationMs: 1,
    });
    await record(at(0), [selected(at(0)), cost]);
    expect(await round({ budget: { perDayUsd: 1 } })).toMatchObject({
      picked: [],
      budget: { spentUsd: 1.5, limitUsd: 1 },
    });
  });

  test('looks at the checks of an issue that waits for them, and leaves it alone while they run', async () => {
    const { issue, head } = await home.openMerging('ci');
    const user = home.forge.addUser({ login: 'ci' });
    const place = {
      world: home.forge.world,
      repository: home.repository,
      actor: { user, kind: 'pat' as const },
    };
    const check = addCheckRun(place, { headSha: head, name: 'ci', status: 'in_progress' });
    const before = await home.state(issue);
    expect((await round()).waiting).toMatchObject([{ issue, for: 'ci' }]);
    expect(started).not.toContain(issue);
    expect(await home.state(issue)).toEqual(before);
    Object.assign(check, { status: 'completed', conclusion: 'success' });
    await round();
    expect(started).toContain(issue);
  });

  test('only lists what a matrix will start', async () => {
    const { picked } = await round({ listOnly: true });
    expect(picked.map(({ issue }) => issue)).toEqual(issues);
    expect(started).toEqual([]);
  });
});

describe('the dashboard', () => {
  test('shows who is waited for and what comes next, and is written only when that changes', async () => {
    const issue = await home.openEscalated();
    const held = [{ issue: at(2), title: 'Third', because: `blocked by #${at(1)}` }];
    const refresh = () => refreshDashboard(home.runtime, { picked: [], queue: [at(1)], held });
    home.takeWrites();
    await refresh();
    expect(home.takeWrites()).toEqual(['POST /issues']);
    const shown = await refresh();
    expect(home.takeWrites()).toEqual([]);
    expect(shown?.body).toContain('it could not run');
    expect(shown?.body).toContain(`- [ ] \`retry #${issue}\``);
    expect(shown?.body).toContain(`- #${at(2)} Third · blocked by #${at(1)}`);
    expect(shown?.body).toContain('at most 3');
  });
});
