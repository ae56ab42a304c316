import { beforeAll, describe, expect, test } from 'vitest';
import type { RefusalCode } from '../../../../src/core/events/parts.ts';
import type { LoopState } from '../../../../src/core/state.ts';
import type { PeopleHome } from '../../../support/people-home.ts';

let home: PeopleHome;

const REACTION = 'POST /issues/comments/N/reactions';
const explained = (page: number) => [REACTION, `POST /issues/${page}/comments`];

/** All that a refusal may not touch. */
function standing({ position: _, startedAt: __, updatedAt: ___, ...rest }: LoopState) {
  return rest;
}

type Refused = { code: RefusalCode; command?: string; writes?: string[]; event?: string };

/** Does it, hands the event to Tamma twice, and holds everything against: one record, no change, nothing else written. */
async function expectRefusal(issue: number, act: () => Promise<unknown>, refused: Refused): Promise<void> {
  const { code, command = 'approve', event = 'issue_comment' } = refused;
  const before = standing(await home.state(issue));
  await act();
  home.takeWrites();
  expect(await home.deliver(event)).toMatchObject({ exitCode: 0 });
  const writes = home.takeWrites();
  await home.deliver(event);
  const { refused: recorded, received } = await home.answers(issue);
  expect(recorded).toMatchObject([{ command, code, reason: expect.any(String) }]);
  expect(received).toEqual([]);
  expect(standing(await home.state(issue))).toEqual(before);
  expect(writes).toEqual(refused.writes ?? explained(issue));
  // A second hearing reacts again at most, and GitHub keeps one reaction of a kind.
  expect(home.takeWrites().filter((write) => write !== REACTION)).toEqual([]);
}

/** Whatever must not happen: nothing does, but a refusal on record. */
export function describeRefusals(open: () => PeopleHome): void {
  beforeAll(() => {
    home = open();
  });

  describe('a plan is not approved', () => {
    test.each([
      ['who may read', 'ben', 'read'],
      ['who may sort issues', 'tess', 'triage'],
      ['from outside', 'stranger', 'anybody'],
    ] as const)('by somebody %s', async (_, login, role) => {
      const { issue, digest } = await home.openPlanned();
      const person = home.person(login, role);
      await expectRefusal(issue, () => person.comment(issue, `/tamma approve ${digest}`), {
        code: 'no-permission',
      });
    });

    test('by a bot, whatever it may do', async () => {
      const { issue, digest } = await home.openPlanned();
      const bot = home.forge.addUser({ login: 'helper[bot]', permission: { 'acme/shop': 'admin' } });
      const token = home.forge.createToken({
        kind: 'app',
        login: bot.login,
        repository: 'acme/shop',
        permissions: { issues: 'write' },
      });
      const body = `/tamma approve ${digest}`;
      await expectRefusal(
        issue,
        () => home.ask(token.secret, 'POST', `/issues/${issue}/comments`, { body }),
        {
          code: 'not-a-person',
          writes: [],
        },
      );
    });

    test('by an app in the name of somebody who may', async () => {
      const { issue, digest } = await home.openPlanned();
      const permissions = { issues: 'write' } as const;
      const draft = { kind: 'app', login: 'alice', repository: 'acme/shop', permissions } as const;
      const { secret } = home.forge.createToken(draft);
      const body = `/tamma approve ${digest}`;
      await expectRefusal(issue, () => home.ask(secret, 'POST', `/issues/${issue}/comments`, { body }), {
        code: 'not-a-person',
        writes: [],
      });
    });

    test('in a comment that was edited before it was read', async () => {
      const { issue, digest } = await home.openPlanned();
      const alice = home.person('alice');
      await expectRefusal(
        issue,
        async () => {
          const id = await alice.comment(issue, '/tamma approve 0000000000000000');
          await home.person('mallory').editComment(id, `/tamma approve ${digest}`);
          keepOnly('created');
        },
        { code: 'edited' },
      );
    });

    test('once the permission is gone, though it was there when the comment was written', async () => {
      const { issue, digest } = await home.openPlanned();
      await expectRefusal(
        issue,
        async () => {
          await home.person('dave').comment(issue, `/tamma approve ${digest}`);
          home.person('dave');
          home.repository.collaborators.set('dave', 'read');
        },
        { code: 'no-permission' },
      );
    });

    test('by an account whose login somebody else has now, who may', async () => {
      const { issue, digest } = await home.openPlanned();
      await expectRefusal(
        issue,
        async () => {
          const id = await home.person('carol').comment(issue, `/tamma approve ${digest}`);
          giveLoginAway('carol');
          // The page still says `carol`: GitHub tells of a rename late.
          const { comments = [] } = home.repository.issues.get(issue) ?? {};
          for (const comment of comments)
            if (comment.id === id) comment.user = { ...comment.user, login: 'carol' };
        },
        { code: 'no-permission' },
      );
    });

    test.each<[string, RefusalCode, (digest: string) => Promise<string> | string]>([
      ['by another issue’s digest', 'wrong-digest', async () => (await home.openPlanned()).digest],
      ['by a digest that is too short', 'unclear', (digest) => digest.slice(0, 15)],
      ['without a digest', 'unclear', () => ''],
      ['with an option it does not have', 'unclear', (digest) => `blue ${digest}`],
    ])('%s', async (_, code, toArgument) => {
      const { issue, digest } = await home.openPlanned();
      const body = `/tamma approve ${await toArgument(digest)}`;
      await expectRefusal(issue, () => home.person('alice').comment(issue, body), { code });
    });

    test('once the request has expired', async () => {
      const { issue, digest } = await home.openPlanned('2026-11-01T00:00:00.000Z');
      await expectRefusal(issue, () => home.person('alice').comment(issue, `/tamma approve ${digest}`), {
        code: 'expired',
      });
    });

    test('once the issue says something else', async () => {
      const { issue, digest } = await home.openPlanned();
      const alice = home.person('alice');
      await alice.ask('PATCH', `/issues/${issue}`, { body: 'And rotate the deploy key.' });
      await expectRefusal(issue, () => alice.comment(issue, `/tamma approve ${digest}`), {
        code: 'outdated',
      });
    });

    test('once somebody who counts has said more; a command is no remark', async () => {
      const { issue, digest } = await home.openPlanned();
      const alice = home.person('alice');
      await alice.comment(issue, '/tamma status');
      const id = await alice.comment(issue, `/tamma approve ${digest}`);
      await alice.comment(issue, 'Better do it another way.');
      expect(await home.hear(id, issue)).toMatchObject({
        accepted: false,
        message: expect.stringContaining('edited'),
      });
    });

    test('once a remark of somebody who counts was edited', async () => {
      const issue = await home.open();
      const alice = home.person('alice');
      const remark = await alice.comment(issue, 'Keep it small.');
      const digest = await home.planOn(issue);
      await alice.editComment(remark, 'Rewrite everything.');
      await expectRefusal(issue, () => alice.comment(issue, `/tamma approve ${digest}`), {
        code: 'outdated',
      });
    });
  });

  describe('what was approved or sent back', () => {
    test('is not approved a second time', async () => {
      const { issue, digest } = await home.openPlanned();
      await home.hear(await home.person('alice').comment(issue, `/tamma approve ${digest}`), issue);
      const id = await home.person('alice').comment(issue, `/tamma approve ${digest}`);
      expect(await home.hear(id, issue)).toMatchObject({
        accepted: false,
        code: 'wrong-moment',
        goOn: false,
      });
    });

    test('is not approved by the digest of the plan before', async () => {
      const { issue, digest } = await home.openPlanned();
      await home.hear(await home.person('alice').comment(issue, '/tamma revise smaller'), issue);
      const newer = await home.planOn(issue, 'e'.repeat(64));
      const id = await home.person('alice').comment(issue, `/tamma approve ${digest}`);
      expect(await home.hear(id, issue)).toMatchObject({ accepted: false, code: 'wrong-digest' });
      const good = await home.person('alice').comment(issue, `/tamma approve ${newer}`);
      expect(await home.hear(good, issue)).toMatchObject({ accepted: true, goOn: true });
    });
  });

  describe('nothing is asked for, and nobody is asked about it,', () => {
    test.each([
      ['in a quote', '> /tamma approve {{D}}\n\nI do not agree.'],
      ['in a code block', '```\n/tamma approve {{D}}\n```'],
      ['below the first line', 'Look:\n/tamma approve {{D}}'],
      ['behind a blank', ' /tamma approve {{D}}'],
      ['in a comment nobody sees', '<!-- /tamma approve {{D}} -->'],
      ['with a letter that only looks like one', '/tаmma approve {{D}}'],
      ['for somebody else', '/tammany approve {{D}}'],
    ])('%s', async (_, body) => {
      const { issue, digest } = await home.openPlanned();
      await home.person('alice').comment(issue, body.replaceAll('{{D}}', digest));
      home.takeWrites();
      expect(home.request('issue_comment').kind).toBe('idle');
      expect(await home.deliver('issue_comment')).toMatchObject({ outputs: { status: 'idle' } });
      expect(home.countCalls()).toBe(0);
    });

    test('in a comment that is gone', async () => {
      const { issue, digest } = await home.openPlanned();
      const alice = home.person('alice');
      const id = await alice.comment(issue, `/tamma approve ${digest}`);
      await alice.ask('DELETE', `/issues/comments/${id}`);
      keepOnly('created');
      await home.deliver('issue_comment');
      expect([home.takeWrites(), await home.answers(issue)]).toEqual([[], { refused: [], received: [] }]);
    });

    test('in a comment the event puts on another issue than it stands on', async () => {
      const { issue, digest } = await home.openPlanned();
      const id = await home.person('alice').comment(await home.open(), `/tamma approve ${digest}`);
      expect(await home.hear(id, issue)).toMatchObject({ status: 'ignored' });
      expect(await home.answers(issue)).toEqual({ refused: [], received: [] });
    });

    test('by the text of an issue, whoever opened it', async () => {
      const body = '/tamma run\n\n/tamma approve 1234567890abcdef';
      await home.person('stranger', 'anybody').openIssue({ title: '/tamma run', body });
      home.takeWrites();
      await home.deliver('issues');
      expect(home.countCalls()).toBe(0);
    });
  });

  describe('a pull request', () => {
    test.each([
      ['somebody who may only read', 'ben', 'read', 'no-permission'],
      ['somebody nobody knows', 'stranger', 'anybody', 'no-permission'],
    ] as const)('is not approved by a review of %s', async (_, login, role, code) => {
      const { issue, pull } = await home.openMerging();
      await expectRefusal(issue, () => home.person(login, role).review(pull, 'APPROVE'), {
        code,
        event: 'pull_request_review',
        writes: [`POST /issues/${pull}/comments`],
      });
    });

    test('is not approved by a bot’s review', async () => {
      const { issue, pull } = await home.openMerging();
      home.forge.addUser({ login: 'helper[bot]', permission: { 'acme/shop': 'admin' } });
      const { secret } = home.forge.createToken({
        kind: 'app',
        login: 'helper[bot]',
        repository: 'acme/shop',
        permissions: { pull_requests: 'write' },
      });
      await expectRefusal(
        issue,
        () => home.ask(secret, 'POST', `/pulls/${pull}/reviews`, { event: 'APPROVE' }),
        { code: 'not-a-person', event: 'pull_request_review', writes: [] },
      );
    });

    test('is not approved by a review of an older commit', async () => {
      const { issue, pull } = await home.openMerging();
      const { head: older } = await home.openMerging();
      const review = { event: 'APPROVE', commit_id: older };
      await expectRefusal(issue, () => home.person('alice').ask('POST', `/pulls/${pull}/reviews`, review), {
        code: 'wrong-digest',
        event: 'pull_request_review',
        writes: [`POST /issues/${pull}/comments`],
      });
    });

    test('is not approved by a review that was dismissed before it was read', async () => {
      const { issue, pull } = await home.openMerging();
      const id = await home.person('alice').review(pull, 'APPROVE');
      await home.person('mallory').ask('PUT', `/pulls/${pull}/reviews/${id}/dismissals`, { message: 'no' });
      keepOnly('submitted');
      home.takeWrites();
      await home.deliver('pull_request_review');
      expect([home.takeWrites(), await home.answers(issue)]).toEqual([[], { refused: [], received: [] }]);
    });

    test('is not approved once its head has moved', async () => {
      const { issue, pull, head, branch } = await home.openMerging();
      await expectRefusal(
        issue,
        async () => {
          await home.person('alice').review(pull, 'APPROVE');
          await home.moveBranch(branch, head);
        },
        { code: 'head-moved', event: 'pull_request_review', writes: [`POST /issues/${pull}/comments`] },
      );
    });

    test('is not approved by its author where the rules want a review, by no way at all', async () => {
      const { issue, pull, head } = await home.openMerging();
      const record = home.repository.issues.get(pull);
      if (record) record.user = home.forge.addUser({ login: 'alice' });
      home.wantReviews(1);
      await expectRefusal(issue, () => home.person('alice').comment(pull, `/tamma approve ${head}`), {
        code: 'own-pull',
        writes: explained(pull),
      });
      home.wantReviews(0);
    });

    test('is not sent back by an outsider while its checks run', async () => {
      const { issue, pull } = await home.openMerging('ci');
      await home.person('stranger', 'anybody').review(pull, 'REQUEST_CHANGES', 'Use tabs.');
      home.takeWrites();
      expect(await home.deliver('pull_request_review')).toMatchObject({ outputs: { status: 'idle' } });
      expect(home.takeWrites()).toEqual([]);
      expect((await home.state(issue)).wait).toMatchObject({ for: 'ci' });
    });

    test('of somebody else has no commands: that is said there, and begins nothing', async () => {
      const pull = await home.openForeignPull();
      await expectRefusal(pull, () => home.person('alice').comment(pull, '/tamma run'), {
        code: 'not-ours',
        command: 'run',
        writes: explained(pull),
      });
    });
  });

  describe('a label', () => {
    test('set by an outsider begins nothing', async () => {
      const issue = await home.open();
      await expectRefusal(issue, () => home.person('tess', 'triage').label(issue), {
        code: 'no-permission',
        command: 'run',
        event: 'issues',
        writes: [],
      });
    });

    test('set by somebody who may no longer begins nothing', async () => {
      const issue = await home.open();
      await expectRefusal(
        issue,
        async () => {
          await home.person('erin').label(issue);
          home.repository.collaborators.set('erin', 'triage');
        },
        { code: 'no-permission', command: 'run', event: 'issues', writes: [] },
      );
    });
  });

  describe('a box of the dashboard', () => {
    test('ticked by somebody who may not give its command is refused', async () => {
      const issue = await home.openEscalated();
      const number = await home.openDashboard();
      const before = standing(await home.state(issue));
      await home.tick(home.person('tess', 'triage'), number, `stop #${issue}`);
      home.takeWrites();
      await home.deliver('issues');
      expect((await home.answers(issue)).refused).toMatchObject([{ command: 'stop', code: 'no-permission' }]);
      expect(standing(await home.state(issue))).toEqual(before);
      const writes = new Set(home.takeWrites()); // emptied, and brought up to date
      expect([...writes]).toEqual([`POST /issues/${number}/comments`, `PATCH /issues/${number}`]);
      await home.deliver('issues');
      expect((await home.answers(issue)).refused).toHaveLength(1);
    });

    test('ticked by an account whose login somebody else has now is refused', async () => {
      const issue = await home.openEscalated();
      const number = await home.openDashboard();
      await home.tick(home.person('frank'), number, `retry #${issue}`);
      giveLoginAway('frank');
      await home.deliver('issues');
      expect((await home.answers(issue)).refused).toMatchObject([
        { command: 'retry', code: 'no-permission' },
      ]);
    });

    test('that somebody else has drawn is none', async () => {
      const issue = await home.openEscalated();
      const alice = home.person('alice');
      const body = `<!-- tamma:dashboard -->\n- [ ] \`retry #${issue}\``;
      const fake = { title: 'Tamma dashboard', body, labels: ['tamma:dashboard'] };
      const number = await alice.openIssue(fake);
      await home.tick(alice, number, `retry #${issue}`);
      home.takeWrites();
      await home.deliver('issues');
      expect([home.takeWrites(), await home.answers(issue)]).toEqual([[], { refused: [], received: [] }]);
    });
  });
}

/** Later events of the comment never reach a workflow that listens to this action only. */
function keepOnly(action: string): void {
  const { deliveries } = home.forge.webhooks;
  const rest = deliveries.filter((one) => one.action === action || one.action === undefined);
  deliveries.splice(0, deliveries.length, ...rest);
}

/** The account gets a new login, and somebody else registers the old one and is let in. */
function giveLoginAway(login: string): void {
  const { users } = home.forge.world;
  const user = users.get(login);
  if (!user) throw new Error(`nobody is called ${login}`);
  users.delete(login);
  user.login = `${login}-before`;
  users.set(user.login, user);
  home.forge.addUser({ login, permission: { 'acme/shop': 'write' } });
}
