import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../forge/state.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

describe('people on GitHub', () => {
  let fixture: GitHubFixture;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
  });
  beforeEach(() => {
    fixture.forge.faults.clear();
    fixture.takeRequests();
  });
  afterAll(() => fixture.remove());

  function addPerson(login: string, role: Role) {
    const { id } = fixture.forge.addUser({ login, permission: { 'acme/shop': role } });
    return { id: String(id), login };
  }
  const permission = (actor: { id: string; login: string }) => fixture.platform.actors.permission(actor);

  it.each([
    ['admin', 'admin'],
    ['maintain', 'write'],
    ['write', 'write'],
    ['triage', 'triage'],
    ['read', 'read'],
    ['none', 'none'],
  ] as const)('knows the role %s as %s', async (role, expected) => {
    expect(await permission(addPerson(`person-${role}`, role))).toBe(expected);
  });

  it('takes a role of the organisation’s own for the one it is made from', async () => {
    const person = addPerson('custom', 'write');
    const user = { id: Number(person.id), login: person.login, type: 'User' };
    for (const [base, expected] of [
      ['write', 'write'],
      ['read', 'read'],
      ['admin', 'admin'],
      ['none', 'none'],
      ['something-new', 'none'],
    ]) {
      const body = { permission: base, role_name: 'release-captain', user };
      fixture.forge.faults.add({ path: /permission$/, effect: { kind: 'answer', status: 200, body } });
      expect(await permission(person)).toBe(expected);
    }
  });

  it('gives nothing to a login that somebody else has now, to apps and to nobody', async () => {
    const { login } = addPerson('renamed', 'admin');
    expect(await permission({ id: '1', login })).toBe('none');
    const app = fixture.forge.addUser({ login: 'helper[bot]', permission: { 'acme/shop': 'admin' } });
    expect(await permission({ id: String(app.id), login: app.login })).toBe('none');
    expect(await permission({ id: '1', login: 'nobody-at-all' })).toBe('none');
    fixture.takeRequests();
    for (const login of ['', 'helper[bot]', '../../users', 'a b'])
      expect(await permission({ id: '1', login })).toBe('none');
    expect(fixture.takeRequests()).toEqual([]);
  });

  it('gives nothing to a bot that is called like a person', async () => {
    const bot = fixture.forge.addUser({
      login: 'helpful',
      type: 'Bot',
      permission: { 'acme/shop': 'admin' },
    });
    expect(await permission({ id: String(bot.id), login: bot.login })).toBe('none');
  });

  it('gives nothing where GitHub refuses to say', async () => {
    const person = addPerson('admin-person', 'admin');
    const effect = { kind: 'answer' as const, status: 403, body: { message: 'no' } };
    fixture.forge.faults.add({ times: 10, effect });
    expect(await permission(person)).toBe('none');
  });

  it.each([
    ['a server error', { kind: 'answer' as const, status: 500 }],
    ['a cut connection', { kind: 'drop' as const }],
  ])('says neither yes nor no after %s', async (_name, effect) => {
    const person = addPerson('admin-person', 'admin');
    fixture.forge.faults.add({ times: 10, effect });
    await expect(permission(person)).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' });
  });

  it('asks who it is once, and again where it was not told', async () => {
    const platform = await fixture.connect();
    fixture.forge.faults.add({ times: 4, effect: { kind: 'answer', status: 502 } });
    await expect(platform.actors.self()).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' });
    fixture.takeRequests();
    const [self] = await Promise.all([platform.actors.self(), platform.actors.self()]);
    const { id } = fixture.forge.addUser({ login: 'tamma-user' });
    expect(self).toEqual({
      kind: 'system',
      id: String(id),
      login: 'tamma-user',
      via: 'github',
      name: 'tamma-user',
      email: `${id}+tamma-user@users.noreply.127.0.0.1`,
    });
    expect(fixture.takeRequests()).toEqual(['GraphQL viewer']);
  });

  it('commits by the name it is given', async () => {
    const identity = { name: 'Tamma', email: 'tamma@example.org' };
    const platform = await fixture.connectAs(fixture.options.token, { identity });
    expect(await platform.actors.self()).toMatchObject({ ...identity, login: 'tamma-user' });
  });

  it('is the bot of the job with the job’s own token, and works where a bot cannot be assigned', async () => {
    const token = fixture.forge.createToken({
      kind: 'actions',
      repository: 'acme/shop',
      permissions: { issues: 'write', contents: 'write', pull_requests: 'write' },
    });
    const platform = await fixture.connectAs(token);
    expect(await platform.actors.self()).toMatchObject({
      id: '41898282',
      login: 'github-actions[bot]',
      assignable: false,
    });
    const number = await fixture.openIssue({ title: 'For a bot' });
    const change = { assign: 'self' as const, comment: { marker: 'status', body: 'Working' } };
    const issue = await platform.issues.update(number, change);
    expect(issue).toMatchObject({
      assignees: [],
      comments: [{ marker: 'status', author: { kind: 'system' } }],
    });
    fixture.takeRequests();
    await platform.issues.update(number, change);
    expect(fixture.takeRequests()).toEqual([]);
    const draft = { marker: 'part-1', title: 'Part', body: 'b', labels: [] };
    expect((await platform.issues.ensure(draft)).number).toBe((await platform.issues.ensure(draft)).number);
  });

  it('says who put a label on an issue last', async () => {
    const number = await fixture.openIssue({ title: 'Labelled', labels: ['tamma'] });
    const set = () => fixture.platform.labels?.setBy(number, 'tamma');
    expect(await set()).toMatchObject({ kind: 'human', login: 'alice' });
    expect(await fixture.platform.labels?.setBy(number, 'other')).toBeUndefined();
    const path = `/repos/acme/shop/issues/${number}/labels`;
    await fixture.forge.call(fixture.person('alice'), 'DELETE', `${path}/tamma`);
    await fixture.forge.call(fixture.person('mallory'), 'POST', path, { labels: ['tamma'] });
    expect(await set()).toMatchObject({ kind: 'human', login: 'mallory' });
  });

  it('reacts to a comment, as often as it is asked to', async () => {
    const number = await fixture.openIssue({
      title: 'React',
      comments: [{ author: 'bob', body: '/tamma run' }],
    });
    const [comment] = (await fixture.platform.issues.get(number)).comments;
    const place = { kind: 'comment' as const, number, id: comment?.id ?? '' };
    fixture.forge.faults.add({ method: 'POST', effect: { kind: 'drop', after: true } });
    await fixture.platform.reactions?.add(place, 'eyes');
    await fixture.platform.reactions?.add(place, 'eyes');
    const reactions = fixture.home.issues.get(number)?.comments[0]?.reactions;
    expect(reactions?.map(({ content }) => content)).toEqual(['eyes']);
  });
});
