import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, Token } from './state.ts';
import { createTestForge, type TestForge } from './test-forge.ts';

let home: TestForge;
let ask: TestForge['ask'];
let alice: Token;
let job: Token;
beforeAll(async () => {
  home = await createTestForge({}, { checkEvents: true });
  ({ ask, alice, job } = home);
});
afterAll(() => home.close());

const open = async (token: Token, body: Json) =>
  `/issues/${(await ask(token, 'POST', '/issues', { title: 'A bug', ...body }, 201)).number}`;
const labels = (issue: Json) => (issue.labels as { name: string }[]).map(({ name }) => name);

describe('issues of the forge', () => {
  test('carry labels that are made when first used, and lose them one by one', async () => {
    const issue = await open(alice, { labels: ['bug', 'tamma'] });
    expect(labels(await ask(job, 'GET', issue, undefined, 200))).toEqual(['bug', 'tamma']);
    await ask(job, 'POST', `${issue}/labels`, { labels: ['Tamma', 'tamma:active'] }, 200);
    await ask(job, 'DELETE', `${issue}/labels/bug`, undefined, 200);
    await ask(job, 'DELETE', `${issue}/labels/bug`, undefined, 404);
    expect(labels(await ask(job, 'GET', issue))).toEqual(['tamma', 'tamma:active']);
    await ask(job, 'PUT', `${issue}/labels`, { labels: ['one'] }, 200);
    await ask(job, 'PATCH', '/labels/one', { new_name: 'two', color: '00ff00' }, 200);
    expect(await ask(job, 'GET', `${issue}/labels`, undefined, 200)).toMatchObject([{ name: 'two' }]);
    await ask(job, 'POST', '/labels', { name: 'two', color: 'ff0000' }, 422);
    await ask(job, 'DELETE', '/labels/two', undefined, 204);
    expect(labels(await ask(job, 'GET', issue))).toEqual([]);
    expect(await ask(alice, 'GET', `${issue}/timeline`, undefined, 200)).toMatchObject([
      { event: 'labeled', actor: { login: 'alice' } },
      { event: 'labeled' },
      { event: 'labeled', actor: { login: 'github-actions[bot]' } },
      { event: 'unlabeled' },
      { event: 'labeled' },
      { event: 'unlabeled' },
      { event: 'unlabeled' },
    ]);
  });

  test('ignore assignees who are not there, and labels of people who may not set them', async () => {
    home.forge.addUser({ login: 'rita', permission: { 'acme/shop': 'read' } });
    const rita = home.forge.createToken({ kind: 'pat', login: 'rita' });
    const issue = await open(rita, { labels: ['tamma'], assignees: ['alice'] });
    expect(await ask(rita, 'GET', issue, undefined, 200)).toMatchObject({
      labels: [],
      assignees: [],
      author_association: 'MEMBER',
    });
    await ask(rita, 'POST', `${issue}/labels`, { labels: ['tamma'] }, 403);
    await ask(
      job,
      'POST',
      `${issue}/assignees`,
      { assignees: ['alice', 'nobody', 'github-actions[bot]'] },
      201,
    );
    await ask(job, 'DELETE', `${issue}/assignees`, { assignees: ['alice'] }, 200);
    expect(await ask(job, 'GET', issue)).toMatchObject({ assignees: [{ login: 'github-actions[bot]' }] });
  });

  test('keep comments with an author, a time of editing and reactions, one of a kind for each user', async () => {
    const issue = await open(alice, {});
    const said = await ask(job, 'POST', `${issue}/comments`, { body: 'hello' }, 201);
    expect(said).toMatchObject({
      user: { login: 'github-actions[bot]', type: 'Bot', id: 41898282 },
      performed_via_github_app: { slug: 'github-actions' },
    });
    const one = `/issues/comments/${said.id}`;
    const edited = await ask(alice, 'PATCH', one, { body: 'changed' }, 200);
    expect(String(edited.updated_at) > String(edited.created_at)).toBe(true);
    const first = await ask(alice, 'POST', `${one}/reactions`, { content: 'eyes' }, 201);
    await ask(alice, 'POST', `${one}/reactions`, { content: 'eyes' }, 200);
    await ask(job, 'POST', `${one}/reactions`, { content: 'eyes' }, 201);
    expect(await ask(alice, 'GET', one)).toMatchObject({ reactions: { eyes: 2, total_count: 2 } });
    expect(await ask(alice, 'GET', `${one}/reactions?content=eyes`, undefined, 200)).toHaveLength(2);
    await ask(alice, 'DELETE', `${one}/reactions/${first.id}`, undefined, 204);
    await ask(alice, 'POST', `${issue}/reactions`, { content: 'rocket' }, 201);
    await ask(alice, 'DELETE', one, undefined, 204);
    expect(await ask(alice, 'GET', `${issue}/comments`, undefined, 200)).toEqual([]);
    await ask(alice, 'GET', one, undefined, 404);
  });

  test('are listed by state, label, assignee and time, a page at a time', async () => {
    const wanted = [
      await open(alice, { labels: ['listed'] }),
      await open(alice, { labels: ['listed'] }),
      await open(alice, { labels: ['listed', 'not'] }),
    ];
    await ask(alice, 'PATCH', wanted[0] ?? '', { state: 'closed', state_reason: 'not_planned' }, 200);
    expect(await ask(alice, 'GET', '/issues?labels=listed,not', undefined, 200)).toHaveLength(1);
    expect(
      await ask(
        alice,
        'GET',
        '/issues?labels=listed&state=all&assignee=none&creator=alice&since=2020-01-01T00:00:00Z',
        undefined,
        200,
      ),
    ).toHaveLength(3);
    const page = await home.forge.call(
      alice,
      'GET',
      '/repos/acme/shop/issues?labels=listed&state=all&per_page=2&direction=asc',
    );
    expect(page.data).toHaveLength(2);
    expect(page.headers.get('link')).toMatch(/page=2>; rel="next", .*page=2>; rel="last"/);
    expect(
      await ask(alice, 'GET', '/issues?labels=listed&state=all&per_page=2&page=2', undefined, 200),
    ).toHaveLength(1);
    await ask(alice, 'PATCH', wanted[0] ?? '', { state: 'open', title: 'Better', body: null }, 200);
    expect(await ask(alice, 'GET', wanted[0] ?? '')).toMatchObject({
      state: 'open',
      state_reason: 'reopened',
      title: 'Better',
      body: null,
    });
  });

  test('know what blocks them', async () => {
    const [blocked, blocker] = [await open(alice, {}), await open(alice, {})];
    const { id } = await ask(alice, 'GET', blocker);
    await ask(alice, 'POST', `${blocked}/dependencies/blocked_by`, { issue_id: id }, 201);
    expect(await ask(alice, 'GET', `${blocked}/dependencies/blocked_by`, undefined, 200)).toMatchObject([
      { id },
    ]);
    expect(await ask(alice, 'GET', blocked)).toMatchObject({ issue_dependencies_summary: { blocked_by: 1 } });
    await ask(alice, 'PUT', `${blocked}/lock`, undefined, 204);
    await ask(alice, 'DELETE', `${blocked}/lock`, undefined, 204);
  });

  test('are refused in GitHub’s way where something is wrong with them', async () => {
    await ask(alice, 'POST', '/issues', { title: ' ' }, 422);
    await ask(alice, 'POST', '/issues', { title: 'Long', body: 'x'.repeat(65_537) }, 422);
    await ask(alice, 'GET', '/issues/99999', undefined, 404);
    const issue = await open(alice, {});
    await ask(alice, 'POST', `${issue}/comments`, { body: '' }, 422);
  });
});

describe('people of the forge', () => {
  test('have the permission of their role, and bots have none', async () => {
    home.forge.addUser({ login: 'tom', permission: { 'acme/shop': 'triage' } });
    const of = (login: string, status = 200) =>
      ask(job, 'GET', `/collaborators/${login}/permission`, undefined, status);
    expect(await of('alice')).toMatchObject({
      permission: 'write',
      role_name: 'write',
      user: { login: 'alice' },
    });
    expect(await of('tom')).toMatchObject({ permission: 'read', role_name: 'triage' });
    expect(await of('ghost', 404)).toMatchObject({ message: 'ghost is not a user' });
    await of('github-actions[bot]', 404);
    await ask(job, 'GET', '/collaborators/alice', undefined, 204);
    await ask(job, 'GET', '/collaborators', undefined, 200);
    await ask(job, 'GET', '/assignees', undefined, 200);
    await ask(job, 'GET', '/assignees/ghost', undefined, 404);
    await ask(job, 'GET', '/user', undefined, 403);
    expect(await ask(alice, 'GET', '/user', undefined, 200)).toMatchObject({ login: 'alice' });
    expect(await ask(job, 'GET', '/users/github-actions[bot]', undefined, 200)).toMatchObject({
      id: 41898282,
    });
    expect(await ask(job, 'GET', '', undefined, 200)).toMatchObject({
      default_branch: 'main',
      private: true,
    });
  });
});
