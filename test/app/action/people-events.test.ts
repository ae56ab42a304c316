import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerEvent } from '../../../src/app/action/answer-event.ts';
import type { EventRequest } from '../../../src/app/action/event-request.ts';
import { type ActionMore, createActionContext } from '../../support/action-context.ts';
import { createPeopleHome, type PeopleHome } from '../../support/people-home.ts';

const WORKFLOW = `name: Tamma
on:
  workflow_dispatch:
    inputs: { issue: { type: string }, lineage: { type: string } }
jobs: { tamma: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] } }
`;

let home: PeopleHome;
beforeAll(async () => {
  home = await createPeopleHome({ '.github/workflows/tamma.yml': WORKFLOW });
});
beforeEach(() => {
  home.reset();
  for (const issue of home.repository.issues.values()) issue.state = 'closed';
  home.repository.runs.splice(0);
});
afterAll(() => home.close());

const receive = (request: EventRequest, more: ActionMore = {}) =>
  answerEvent(createActionContext(home.runtime, request, more));

/** Inputs of the runs that were started, in order. */
const started = () =>
  home.repository.runs.map(({ path, headBranch, payload }) => ({ path, headBranch, inputs: payload.inputs }));
const runOf = (issue: number, lineage: number) => ({
  path: '.github/workflows/tamma.yml',
  headBranch: 'main',
  inputs: { issue: String(issue), lineage: String(lineage) },
});

/** An open issue with the label, which somebody who may has set. */
async function openLabelled(): Promise<number> {
  const issue = await home.open();
  await home.person('alice').label(issue);
  return issue;
}

describe('a label', () => {
  test('of somebody who may write starts a run for the issue; in a dry run it does nothing', async () => {
    const issue = await openLabelled();
    home.takeWrites();
    await home.deliver('issues', { inputs: { 'dry-run': 'true' } });
    expect([started(), home.takeWrites()]).toEqual([[], []]);
    expect(await home.deliver('issues')).toMatchObject({ exitCode: 0, outputs: { status: 'done' } });
    expect(started()).toEqual([runOf(issue, 1)]);
  });
});

describe('a comment', () => {
  test('that begins an issue takes its first step and starts the next run', async () => {
    const issue = await home.open();
    await home.person('alice').comment(issue, '/tamma run');
    const answer = await home.deliver('issue_comment');
    expect(answer).toMatchObject({ outputs: { step: 'ISSUE_ASSIGNMENT', issue: String(issue) } });
    expect(started()).toEqual([runOf(issue, 3)]);
    const ours = home.repository.issues.get(issue)?.comments.filter(({ user }) => user.type === 'Bot');
    expect(ours).toHaveLength(1);
  });

  test('takes the step and starts no run where chaining is switched off', async () => {
    const issue = await home.open();
    await home.person('alice').comment(issue, '/tamma run');
    const answer = await home.deliver('issue_comment', { inputs: { chain: 'none' } });
    expect(answer).toMatchObject({ outputs: { 'next-step': 'CONTEXT_GATHERING' } });
    expect(started()).toEqual([]);
  });

  test('that is refused ends the run at once, with the reason', async () => {
    const issue = await home.open();
    await home.person('rita', 'read').comment(issue, '/tamma run');
    const told = { printed: [], annotated: [] };
    const answer = await home.deliver('issue_comment', { told });
    expect(answer).toMatchObject({ exitCode: 0, outputs: { status: 'idle', issue: String(issue) } });
    expect(told.printed).toEqual([`#${issue} run refused: it takes write permission; this account has read`]);
    expect(started()).toEqual([]);
  });
});

describe('the end of what was waited for', () => {
  test('wakes only who waits for it', async () => {
    const { issue } = await home.openPlanned();
    for (const request of [{ kind: 'wake', issue }, { kind: 'wake-deployments' }] as const)
      expect(await receive(request)).toMatchObject({ outputs: { status: 'idle' } });
    expect(started()).toEqual([]);
  });
});

describe('a round', () => {
  test('keeps the dashboard, and goes on where somebody has said something', async () => {
    const { issue, digest } = await home.openPlanned();
    await home.person('alice').comment(issue, `/tamma approve ${digest}`);
    const { summary } = await receive({ kind: 'orchestrate' });
    expect(summary).toContain(`#${issue} has a run of its own now`);
    expect(started()).toEqual([runOf(issue, 1)]);
    const board = [...home.repository.issues.values()].findLast(({ title }) => title === 'Tamma dashboard');
    expect(board?.body).toContain('at most 3');
  });

  test('for a matrix only says which', async () => {
    const issue = await openLabelled();
    const { outputs } = await receive({ kind: 'orchestrate' }, { inputs: { chain: 'matrix' } });
    expect(JSON.parse(outputs.issues ?? '')).toEqual([issue]);
    expect(started()).toEqual([]);
  });
});

describe('a box of the dashboard', () => {
  test('that is ticked is carried out, its step taken, and the box emptied', async () => {
    const issue = await home.openEscalated();
    const dashboard = await home.openDashboard();
    await home.tick(home.person('alice'), dashboard, `stop #${issue}`);
    expect(await home.deliver('issues')).toMatchObject({ exitCode: 0 });
    expect(await home.state(issue)).toMatchObject({ status: 'stopped' });
    expect(home.repository.issues.get(dashboard)?.body).not.toContain('[x]');
  });
});
