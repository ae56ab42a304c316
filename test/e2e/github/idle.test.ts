import { afterAll, beforeAll, expect, test } from 'vitest';
import { listOwnRequests } from '../../support/github-e2e/cost.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';

let home: GitHubHome;
let issue: number;
beforeAll(async () => {
  home = await createGitHubHome();
  issue = await home.open(1);
}, 60_000);
afterAll(() => home.close());

const alice = () => home.person('alice');

/** What the shipped workflow lets pass, and what does not even start a job: nothing of it concerns Tamma. */
test.each<[string, () => Promise<unknown>]>([
  ['a comment that is no command', () => alice().comment(issue, 'Good idea.')],
  ['a comment with a command in its second line', () => alice().comment(issue, 'Look:\n/tamma run')],
  ['a word that only begins like ours', () => alice().comment(issue, '/tammany hall')],
  ['a label of somebody else', () => alice().label(issue, 'bug')],
  ['an edit of the issue', () => alice().ask('PATCH', `/issues/${issue}`, { body: 'More of it.' })],
  ['the end of a workflow on main', () => alice().ask('POST', '/dispatches', { event_type: 'deploy' })],
])('%s is ignored: no request, nothing written, no model', async (_, act) => {
  const before = { requests: listOwnRequests(home).length, runs: home.repository.runs.length };
  await act();
  await home.runUntilIdle();
  expect(listOwnRequests(home).length - before.requests).toBeLessThanOrEqual(1);
  expect(home.ownComments(issue)).toEqual([]);
  expect(home.model.asked).toEqual([]);
  expect([...(await home.repository.git.refs()).keys()]).toEqual(['refs/heads/main']);
  expect(home.worked()).toEqual([]);
});

test('a comment of an app with write access that looks like a command is ignored', async () => {
  const { forge, name } = home;
  const app = forge.createToken({
    kind: 'app',
    login: 'helper[bot]',
    repository: name,
    permissions: { issues: 'write', contents: 'write' },
  });
  const before = listOwnRequests(home).length;
  await forge.call(app, 'POST', `/repos/${name}/issues/${issue}/comments`, { body: '/tamma run' });
  await home.runUntilIdle();
  expect(
    listOwnRequests(home)
      .slice(before)
      .filter(({ token }) => token === 'actions').length,
  ).toBeLessThanOrEqual(1);
  expect(home.worked()).toEqual([]);
});
