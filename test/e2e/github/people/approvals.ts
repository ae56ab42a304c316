import { beforeAll, describe, expect, test } from 'vitest';
import { withdrawVoidApproval } from '../../../../src/app/approval-standing.ts';
import type { StepId } from '../../../../src/core/loop.ts';
import type { PeopleHome } from '../../../support/people-home.ts';

let home: PeopleHome;

/** The step that uses an approval is about to run. */
async function use(issue: number, stepId: StepId): Promise<boolean> {
  return withdrawVoidApproval(home.runtime, { issue, state: await home.state(issue), decision: { stepId } });
}

async function approvedPlan(who = home.person('alice')) {
  const { issue, digest } = await home.openPlanned();
  const comment = await who.comment(issue, `/tamma approve ${digest}`);
  await home.hear(comment, issue);
  expect(await home.state(issue)).toMatchObject({ cursor: 'CODE_GENERATION', approvals: [{ digest }] });
  return { issue, comment };
}

async function approvedPull(who = home.person('alice')) {
  const { issue, pull, head } = await home.openMerging();
  const review = await who.review(pull, 'APPROVE');
  await home.hearReview(issue, pull, review);
  expect(await home.state(issue)).toMatchObject({ cursor: 'MERGE', approvals: [{ digest: head }] });
  return { issue, pull, head, review };
}

/** Approvals at the moment of their use. */
export function describeApprovals(open: () => PeopleHome): void {
  beforeAll(() => {
    home = open();
  });

  describe('an approval that was given', () => {
    test('is good for its use as long as it stands and whoever gave it may', async () => {
      const { issue } = await approvedPlan();
      expect(await use(issue, 'CODE_GENERATION')).toBe(false);
      const merging = await approvedPull();
      expect(await use(merging.issue, 'MERGE')).toBe(false);
      expect(await use(merging.issue, 'DEPLOYMENT')).toBe(false);
    });

    test('is one, however often it is heard', async () => {
      const { issue, comment } = await approvedPlan();
      expect(await home.hear(comment, issue)).toMatchObject({ accepted: true, goOn: false });
      expect((await home.answers(issue)).received).toEqual(['approve']);
    });

    test('is withdrawn on record once its comment was edited, and the loop asks again', async () => {
      const { issue, comment } = await approvedPlan();
      await home.person('alice').editComment(comment, '/tamma approve what I never saw');
      home.takeWrites();
      expect(await use(issue, 'CODE_GENERATION')).toBe(true);
      expect(home.takeWrites()).toEqual([`POST /issues/${issue}/comments`]);
      expect(await home.state(issue)).toMatchObject({ status: 'active', cursor: 'DESIGN', approvals: [] });
      expect(await home.withdrawn(issue)).toMatchObject([
        { kind: 'design', code: 'edited', reason: expect.stringContaining('alice') },
      ]);
    });

    test('is withdrawn once its comment is gone', async () => {
      const { issue, comment } = await approvedPlan();
      await home.person('alice').ask('DELETE', `/issues/comments/${comment}`);
      expect(await use(issue, 'CODE_GENERATION')).toBe(true);
      expect(await home.withdrawn(issue)).toMatchObject([{ code: 'gone' }]);
    });

    test('is withdrawn once whoever gave it may no longer', async () => {
      const { issue, pull } = await approvedPull(home.person('dora'));
      home.repository.collaborators.set('dora', 'read');
      home.takeWrites();
      expect(await use(issue, 'MERGE')).toBe(true);
      expect(await home.withdrawn(issue)).toMatchObject([{ kind: 'merge', code: 'no-permission' }]);
      expect(await home.state(issue)).toMatchObject({ cursor: 'APPROVAL_GATE', approvals: [] });
      expect(home.repository.issues.get(pull)?.state).toBe('open');
    });

    test('is withdrawn once its review was dismissed, or followed by another one', async () => {
      const dismissed = await approvedPull();
      const path = `/pulls/${dismissed.pull}/reviews/${dismissed.review}/dismissals`;
      await home.person('mallory').ask('PUT', path, { message: 'not so fast' });
      expect(await use(dismissed.issue, 'MERGE')).toBe(true);
      const changed = await approvedPull();
      await home.person('alice').review(changed.pull, 'REQUEST_CHANGES', 'I was too quick.');
      expect(await use(changed.issue, 'MERGE')).toBe(true);
      for (const { issue } of [dismissed, changed])
        expect(await home.withdrawn(issue)).toMatchObject([{ code: 'gone' }]);
    });
  });
}
