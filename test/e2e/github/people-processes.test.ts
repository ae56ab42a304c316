import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isOfType } from '../../../src/core/events/event.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let home: GitHubHome;
beforeAll(async () => {
  home = await createGitHubHome({ run: 'processes' });
});
afterAll(() => home.close());

/** What Tamma itself wrote over the API, ids left out. */
function listWrites(): string[] {
  return home.forge.requests
    .filter(({ token, isWrite }) => token === 'actions' && isWrite)
    .map(({ method, path }) => `${method} ${path.replace(`/repos/${home.name}`, '').replace(/\d{3,}/, 'N')}`);
}

describe('in processes of their own, with the shipped workflow,', () => {
  test('a label and commands of people who may not give them leave refusals on record, and nothing else', async () => {
    const issue = await home.open(1);
    const bot = home.forge.addUser({ login: 'helper[bot]', permission: { [home.name]: 'admin' } });
    const permissions = { issues: 'write' } as const;
    const token = { kind: 'app', login: bot.login, repository: home.name, permissions } as const;
    const comments = `/repos/${home.name}/issues/${issue}/comments`;

    await home.person('tess', 'triage').label(issue);
    await home.person('ben', 'read').comment(issue, '/tamma run');
    await home.forge.call(home.forge.createToken(token), 'POST', comments, { body: '/tamma run' });
    await home.person('alice').comment(issue, '> /tamma run\n\nNot yet, please.');
    await home.runUntilIdle();

    const log = await home.log();
    const refused = log.flatMap((event) =>
      isOfType(event, 'COMMAND.REFUSED') ? [[event.metadata.actor.login, event.data.code]] : [],
    );
    expect(refused.sort()).toEqual([
      ['ben', 'no-permission'],
      ['helper[bot]', 'not-a-person'],
      ['tess', 'no-permission'],
    ]);
    expect(log).toHaveLength(refused.length);
    expect(listWrites()).toEqual(['POST /issues/comments/N/reactions', `POST /issues/${issue}/comments`]);
    expect(home.ownComments(issue).at(-1)?.body).toContain(
      'it takes write permission; this account has read',
    );
    expect(home.model.asked).toEqual([]);
    expect(home.forge.actions.results.map(({ conclusion }) => conclusion)).not.toContain('failure');
  });
});
