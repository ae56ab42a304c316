import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withdrawVoidApproval } from '../../../../src/app/approval-standing.ts';
import { hearLost } from '../../../../src/app/hear-lost.ts';
import type { PeopleHome } from '../../../support/people-home.ts';

let home: PeopleHome;

const STOPPED = '/tamma stop';
const lookUps = () => home.forge.faults.add({ path: /permission$/, times: 100, effect: { kind: 'drop' } });

/** Outsiders make no log grow, and nobody is judged while nobody knows who they are. */
export function describeLimits(open: () => PeopleHome): void {
  beforeAll(() => {
    home = open();
  });
  beforeEach(() => home.forge.faults.clear());

  async function outsider(login: string, issue: number, times: number) {
    const person = home.person(login, 'read');
    for (let n = 0; n < times; n += 1) await person.comment(issue, STOPPED);
    return person;
  }

  describe('somebody who may not command', () => {
    test('is put on record a few times a day, and then no longer answered', async () => {
      const issue = await home.openAsking();
      await outsider('loud-one', issue, 8);
      const heard = await hearLost(home.runtime);
      const statuses = heard.map(({ status }) => status);
      expect(statuses).toEqual([...Array(5).fill('answered'), ...Array(3).fill('ignored')]);
      expect((await home.answers(issue)).refused).toHaveLength(5);
      home.takeWrites();
      await hearLost(home.runtime);
      expect((await home.answers(issue)).refused).toHaveLength(5);
      // One account is looked up once in a round, however much it has said; the rest finds the comments.
      expect(home.countCalls()).toBe(3);
      expect(home.takeWrites()).toEqual([]);
    });

    test('takes no word from those who may', async () => {
      const issue = await home.openAsking();
      await outsider('loud-two', issue, 8);
      await hearLost(home.runtime);
      const id = await home.person('alice').comment(issue, STOPPED);
      expect(await home.hear(id, issue)).toMatchObject({ status: 'answered', accepted: true });
    });
  });

  describe('while GitHub does not say who may do what', () => {
    test('nothing is carried out or refused, and the next round hears it', async () => {
      const issue = await home.openAsking();
      const id = await home.person('alice').comment(issue, STOPPED);
      lookUps();
      expect(await home.hear(id, issue)).toMatchObject({ status: 'ignored' });
      expect(await hearLost(home.runtime)).toMatchObject([{ status: 'ignored' }]);
      expect(await home.answers(issue)).toEqual({ refused: [], received: [] });
      home.forge.faults.clear();
      expect(await hearLost(home.runtime)).toMatchObject([{ status: 'answered', accepted: true }]);
    });

    test('no approval is withdrawn: the run ends, and the next one looks again', async () => {
      const { issue, digest } = await home.openPlanned();
      const id = await home.person('alice').comment(issue, `/tamma approve ${digest}`);
      await home.hear(id, issue);
      lookUps();
      const use = { issue, state: await home.state(issue), decision: { stepId: 'CODE_GENERATION' } } as const;
      await expect(withdrawVoidApproval(home.runtime, use)).rejects.toMatchObject({
        code: 'PLATFORM_UNREACHABLE',
      });
      expect(await home.withdrawn(issue)).toEqual([]);
    });
  });
}
