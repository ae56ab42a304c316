import { beforeAll, describe, expect, test } from 'vitest';
import { hearDashboard } from '../../../../src/app/dashboard.ts';
import { hearLost } from '../../../../src/app/hear-lost.ts';
import { orchestrate } from '../../../../src/app/orchestrate.ts';
import { createDraft } from '../../../../src/core/events/event.ts';
import type { LoopState } from '../../../../src/core/state.ts';
import type { StepContext } from '../../../../src/ports/step.ts';
import { choiceMaterial } from '../../../../src/steps/material.ts';
import type { PeopleHome } from '../../../support/people-home.ts';

let home: PeopleHome;

function reactionsOf(number: number, id: number): string[] {
  const { comments = [] } = home.repository.issues.get(number) ?? {};
  return comments.find((one) => one.id === id)?.reactions.map(({ content }) => content) ?? [];
}

/** Somebody says it, and Tamma hears it. */
async function say(issue: number, body: string, who = home.person('alice')) {
  const id = await who.comment(issue, body);
  const heard = await home.hear(id, issue);
  return { heard, id, reactions: reactionsOf(issue, id), state: await home.state(issue) };
}

type Standing = 'new' | 'planned' | 'asking' | 'escalated' | 'stopped';

async function openAt(standing: Standing): Promise<{ issue: number; digest: string }> {
  if (standing === 'planned') return home.openPlanned();
  if (standing === 'asking') return { issue: await home.openAsking(), digest: '' };
  const issue = standing === 'new' ? await home.open() : await home.openEscalated();
  if (standing === 'stopped') await home.record(issue, [createDraft('WORKFLOW.CANCELLED', { reason: 'x' })]);
  return { issue, digest: '' };
}

/** All that people may say, and what becomes of it. */
export function describeCommands(open: () => PeopleHome): void {
  beforeAll(() => {
    home = open();
  });

  describe('a command on an issue', () => {
    test.each<[string, Standing, Partial<LoopState>, boolean]>([
      ['run', 'new', { status: 'new' }, true],
      ['approve {{D}}', 'planned', { status: 'active', cursor: 'CODE_GENERATION' }, true],
      ['revise make it smaller', 'planned', { status: 'active', feedback: ['make it smaller'] }, true],
      ['answer q1=2', 'asking', { status: 'active', answers: [{ questionId: 'q1', answer: 'no' }] }, true],
      ['retry', 'escalated', { status: 'active', cursor: 'RESEARCH' }, true],
      ['resume', 'stopped', { status: 'active' }, true],
      ['skip research', 'escalated', { status: 'active', cursor: 'AMBIGUITY_CHECK' }, true],
      ['take-over', 'escalated', { status: 'taken-over' }, false],
      ['stop enough', 'escalated', { status: 'stopped' }, false],
      ['feedback up nice', 'planned', { status: 'waiting' }, false],
    ])(
      '/tamma %s is carried out, recorded and answered with a reaction',
      async (words, standing, after, goOn) => {
        const { issue, digest } = await openAt(standing);
        const { heard, reactions, state } = await say(issue, `/tamma ${words.replace('{{D}}', digest)}`);
        expect(heard).toMatchObject({ status: 'answered', accepted: true, goOn });
        expect(reactions).toEqual(['+1']);
        expect(state).toMatchObject(after);
        expect((await home.answers(issue)).received).toEqual([words.split(' ')[0]]);
      },
    );

    test('that approves one option of several has it recorded, for the code to follow', async () => {
      const { issue, digest } = await home.openPlanned();
      const { state } = await say(issue, `/tamma approve a library ${digest}`);
      expect(state.approvals).toMatchObject([{ digest, option: 'A library' }]);
      expect(choiceMaterial({ state } as StepContext)).toEqual([
        { title: 'The option a person chose', text: 'A library: one more dependency' },
      ]);
    });

    test('that only looks is for whoever may read, and leaves no record', async () => {
      const { issue } = await home.openPlanned();
      const stranger = home.person('stranger', 'anybody');
      const { heard, reactions, state } = await say(issue, '/tamma status', stranger);
      expect(heard).toMatchObject({ command: 'status', accepted: true, goOn: false });
      expect(reactions).toEqual(['+1']);
      expect(state.status).toBe('waiting');
      expect(await home.answers(issue)).toEqual({ refused: [], received: [] });
    });

    test('that only looks is answered by the comment that shows where it stands, also where there was none', async () => {
      const issue = await home.open();
      await say(issue, '/tamma status');
      await say(issue, '/tamma status');
      const shown = home.repository.issues.get(issue)?.comments.filter(({ user }) => user.type === 'Bot');
      expect(shown?.map(({ body }) => body)).toEqual([expect.stringContaining('has not begun')]);
    });

    test('that there is not names those there are, whoever asks', async () => {
      const issue = await home.open();
      const { heard } = await say(issue, '/tamma help', home.person('rita', 'read'));
      expect(heard).toMatchObject({
        code: 'unknown-command',
        message: expect.stringContaining('status, run,'),
      });
    });

    test('is put on record but explained no more where the issue is done', async () => {
      const { issue } = await home.openPlanned();
      await home.record(issue, [
        createDraft('WORKFLOW.COMPLETED', {
          issue,
          mergeSha: 'a'.repeat(40),
          costUsd: 0,
          steps: 1,
          summary: 'done',
        }),
      ]);
      const { reactions } = await say(issue, '/tamma retry');
      expect(reactions).toEqual(['confused']);
      expect((await home.answers(issue)).refused).toHaveLength(1);
      const said = home.repository.issues.get(issue)?.comments.filter(({ user }) => user.type === 'Bot');
      expect(said).toEqual([]);
    });

    test('is explained once where it is not carried out, and edited in place for the next one', async () => {
      const { issue } = await home.openPlanned();
      const { id, reactions } = await say(issue, '/tamma retry');
      await home.hear(id, issue);
      await say(issue, '/tamma skip CODE_REVIEW');
      const explained = home.repository.issues.get(issue)?.comments.filter(({ user }) => user.type === 'Bot');
      expect(reactions).toEqual(['confused']);
      expect(explained).toHaveLength(1);
      expect(explained?.[0]?.body).toContain('CODE_REVIEW can be tightened, never skipped');
      const { refused } = await home.answers(issue);
      expect(refused.map(({ code }) => code)).toEqual(['wrong-moment', 'wrong-moment']);
    });

    test('is on record where nothing can be said about it', async () => {
      const { issue } = await home.openPlanned();
      const id = await home.person('alice').comment(issue, '/tamma dance');
      const faults = [/reactions$/, new RegExp(`/issues/${issue}/comments$`)];
      for (const path of faults)
        home.forge.faults.add({
          method: 'POST',
          path,
          times: 9,
          effect: { kind: 'answer', status: 403, body: { message: 'locked' } },
        });
      expect(await home.hear(id, issue)).toMatchObject({ accepted: false, code: 'unknown-command' });
      expect((await home.answers(issue)).refused).toHaveLength(1);
      home.forge.faults.clear();
    });
  });

  describe('a review', () => {
    test('that approves the head is the approval of the merge, by number and permission', async () => {
      const { issue, pull } = await home.openMerging();
      const id = await home.person('alice').review(pull, 'APPROVE');
      const heard = await home.hearReview(issue, pull, id);
      expect(heard).toMatchObject({ command: 'approve', accepted: true, goOn: true });
      expect(await home.state(issue)).toMatchObject({ cursor: 'MERGE', approvals: [{ login: 'alice' }] });
    });

    test('that only praises is left alone', async () => {
      const { issue, pull } = await home.openMerging();
      const id = await home.person('alice').review(pull, 'COMMENT', 'Nice.');
      expect(await home.hearReview(issue, pull, id)).toMatchObject({ status: 'ignored' });
    });

    test('that asks for changes sends it back with every remark and its line', async () => {
      const { issue, pull } = await home.openMerging();
      const lines = [{ path: 'src/cart.js', line: 1, body: 'Name it rows.' }];
      const id = await home.person('alice').review(pull, 'REQUEST_CHANGES', 'Not yet.', lines);
      const heard = await home.hearReview(issue, pull, id);
      expect(heard).toMatchObject({ command: 'revise', accepted: true, goOn: true });
      const state = await home.state(issue);
      expect(state).toMatchObject({ cursor: 'CODE_GENERATION', requestedApproval: null });
      expect(state.feedback).toEqual(['Not yet.\n\nsrc/cart.js:1: Name it rows.']);
    });
  });

  describe('a box of the dashboard', () => {
    test('is carried out for somebody who may, and emptied; a round before that leaves it alone', async () => {
      const issue = await home.openEscalated();
      const number = await home.openDashboard();
      const alice = home.person('alice');
      const isTicked = () => home.repository.issues.get(number)?.body?.includes('[x]');
      await home.tick(alice, number, `stop #${issue}`);
      await home.openDashboard();
      expect(isTicked()).toBe(true);
      const by = { id: String(alice.id), login: 'alice' };
      const heard = await hearDashboard(home.runtime, { number, by });
      expect(heard).toMatchObject([{ command: 'stop', accepted: true, issue }]);
      expect(isTicked()).toBe(false);
      expect((await home.state(issue)).status).toBe('stopped');
    });
  });

  describe('words whose event never came', () => {
    const round = () => orchestrate(home.runtime, { start: async () => true });
    const pickedIn = async () => (await round()).picked.map(({ issue }) => issue);

    test('are heard by the next round: on an issue, in a pull request, on a line of it', async () => {
      const alice = home.person('alice');
      const fresh = await home.open();
      const planned = await home.openPlanned();
      const [talked, lined, reviewed] = [
        await home.openMerging(),
        await home.openMerging(),
        await home.openMerging(),
      ];
      await alice.comment(fresh, '/tamma run');
      await alice.comment(planned.issue, `/tamma approve ${planned.digest}`);
      await alice.comment(talked.pull, `/tamma approve ${talked.head}`);
      const place = { path: 'src/cart.js', line: 1, side: 'RIGHT', commit_id: lined.head };
      const line = { ...place, body: `/tamma approve ${lined.head}` };
      await alice.ask('POST', `/pulls/${lined.pull}/comments`, line);
      await alice.review(reviewed.pull, 'APPROVE');

      const all = [fresh, planned.issue, talked.issue, lined.issue, reviewed.issue];
      expect(await pickedIn()).toEqual(expect.arrayContaining(all));
      for (const issue of all) expect((await home.answers(issue)).received).toHaveLength(1);
      const again = await pickedIn();
      expect(all.filter((issue) => again.includes(issue))).toEqual([]);
    });

    test('are refused like any others, once', async () => {
      const { issue, digest } = await home.openPlanned();
      await home.person('ben', 'read').comment(issue, `/tamma approve ${digest}`);
      const edited = await home.person('alice').comment(issue, 'I will think about it.');
      await home.person('alice').editComment(edited, `/tamma approve ${digest}`);
      await hearLost(home.runtime);
      home.takeWrites();
      expect(await hearLost(home.runtime)).toEqual([]);
      expect(home.takeWrites()).toEqual([]);
      const { refused } = await home.answers(issue);
      expect(refused.map(({ code }) => code)).toEqual(['no-permission', 'edited']);
      expect((await home.state(issue)).status).toBe('waiting');
    });

    test('are heard though GitHub gives whole seconds, and they came in the second of another command', async () => {
      const issue = await home.openEscalated();
      await say(issue, '/tamma retry');
      const [answer] = await home.answered(issue);
      const id = await home.person('alice').comment(issue, '/tamma stop');
      const second = `${answer?.timestamp.slice(0, 19)}Z`;
      const comment = home.repository.issues.get(issue)?.comments.find((one) => one.id === id);
      Object.assign(comment ?? {}, { createdAt: second, updatedAt: second });
      expect(await hearLost(home.runtime)).toMatchObject([{ command: 'stop', accepted: true }]);
    });

    test('do not undo what was said after them', async () => {
      const issue = await home.openEscalated();
      const alice = home.person('alice');
      const late = await alice.comment(issue, '/tamma retry');
      const comment = home.repository.issues.get(issue)?.comments.find(({ id }) => id === late);
      const before = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
      if (comment) Object.assign(comment, { createdAt: before, updatedAt: before });
      await say(issue, '/tamma stop');
      expect(await hearLost(home.runtime)).toMatchObject([{ command: 'retry', code: 'overtaken' }]);
      expect((await home.state(issue)).status).toBe('stopped');
    });

    test('cost two requests where there are none', async () => {
      await hearLost(home.runtime);
      home.takeWrites();
      await hearLost(home.runtime);
      expect(home.countCalls()).toBe(2);
    });
  });
}
