import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

const workflow = `name: Deploy
on:
  workflow_dispatch:
    inputs:
      sha: { description: What, required: false }
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`;

describe('reviews, workflows and deployments of GitHub', () => {
  let fixture: GitHubFixture;
  let pull: number;
  let head: string;
  beforeAll(async () => {
    fixture = await createGitHubFixture({ files: { '.github/workflows/deploy.yml': workflow } });
    const issue = await fixture.openIssue({ title: 'Reviewed' });
    const base = await fixture.platform.branches.getDefault();
    head = await fixture.commit(base.head, { 'src/reviewed.js': 'export const one = 1;\n' });
    const branch = `tamma/${issue}-reviewed`;
    await fixture.platform.branches.write({ name: branch, head, expected: null });
    const form = { title: 'Reviewed', body: '', draft: false, labels: [] };
    pull = (await fixture.platform.pulls.ensure({ issue, branch, base: base.name, head, ...form })).number;
  });
  beforeEach(() => {
    fixture.forge.faults.clear();
  });
  afterAll(() => fixture.remove());

  const as = (login: string, method: string, path: string, body: Record<string, unknown>) =>
    fixture.forge.call(fixture.person(login), method, `/repos/acme/shop${path}`, body);

  it('reads reviews with their verdict and the commit they are about', async () => {
    await as('alice', 'POST', `/pulls/${pull}/reviews`, { event: 'REQUEST_CHANGES', body: 'Not yet' });
    await as('bob', 'POST', `/pulls/${pull}/reviews`, { event: 'APPROVE', body: '' });
    expect(await fixture.platform.reviews?.list(pull)).toMatchObject([
      { author: { kind: 'human', login: 'alice' }, state: 'changes-requested', body: 'Not yet', head },
      { author: { kind: 'human', login: 'bob' }, state: 'approved', head },
    ]);
  });

  it('answers a thread once and closes it', async () => {
    await as('alice', 'POST', `/pulls/${pull}/comments`, {
      ...{ body: 'Why one?', commit_id: head, path: 'src/reviewed.js', line: 1, side: 'RIGHT' },
    });
    const threads = () => fixture.platform.reviews?.threads(pull) ?? Promise.resolve([]);
    const [thread] = await threads();
    expect(thread).toMatchObject({
      path: 'src/reviewed.js',
      line: 1,
      resolved: false,
      comments: [{ body: 'Why one?', author: { kind: 'human', login: 'alice' }, marker: null }],
    });
    const alice = String(fixture.forge.addUser({ login: 'alice' }).id);
    expect(thread?.comments[0]?.author.id).toBe(alice);
    expect(thread?.comments[0]?.reviewId).toEqual(expect.any(String));
    const request = { pull, thread: thread?.id ?? '', marker: 'answer-1', body: 'Because of two.' };
    fixture.forge.faults.add({
      operation: 'addPullRequestReviewThreadReply',
      effect: { kind: 'drop', after: true },
    });
    await fixture.platform.reviews?.resolve(request);
    fixture.takeRequests();
    await fixture.platform.reviews?.resolve(request);
    expect(fixture.takeRequests()).toEqual(['GraphQL repository']);
    expect(await threads()).toMatchObject([
      {
        resolved: true,
        comments: [{}, { marker: 'answer-1', body: 'Because of two.', author: { kind: 'system' } }],
      },
    ]);
    await expect(
      fixture.platform.reviews?.resolve({ ...request, thread: 'PRRT_unknown' }),
    ).rejects.toMatchObject({
      code: 'REALITY_DISAGREES',
    });
    const place = { kind: 'review-comment' as const, number: pull, id: thread?.comments[0]?.id ?? '' };
    expect(await fixture.platform.comments?.get(place)).toMatchObject({ body: 'Why one?', editedAt: null });
    await fixture.platform.reactions?.add(place, 'eyes');
  });

  it('reads more threads than a page holds', async () => {
    const known = fixture.home.issues.get(pull)?.pull?.threads ?? [];
    const [first] = known;
    if (!first) throw new Error('there is a thread by now');
    const before = [...known];
    for (let count = 1; count <= 101; count += 1) known.push({ ...first, id: 1_000_000 + count });
    expect(await fixture.platform.reviews?.threads(pull)).toHaveLength(known.length);
    known.splice(0, known.length, ...before);
  });

  describe('workflows', () => {
    beforeEach(() => {
      fixture.home.runs.splice(0);
      fixture.takeRequests();
    });
    const request = { workflow: 'deploy.yml', ref: 'main', inputs: { sha: 'abc' } };
    const start = () => fixture.platform.dispatch?.start(request);

    it('starts one in a single request and says which run it is', async () => {
      const run = await start();
      expect(fixture.takeRequests()).toEqual(['POST /actions/workflows/deploy.yml/dispatches']);
      const base = await fixture.platform.branches.getDefault();
      expect(run).toMatchObject({ id: String(fixture.home.runs[0]?.id), status: 'pending', head: base.head });
      Object.assign(fixture.home.runs[0] ?? {}, { status: 'completed', conclusion: 'failure' });
      expect(await fixture.platform.dispatch?.get(run?.id ?? '')).toMatchObject({ status: 'failed' });
      Object.assign(fixture.home.runs[0] ?? {}, { status: 'waiting', conclusion: null });
      expect(await fixture.platform.dispatch?.get(run?.id ?? '')).toMatchObject({
        status: 'pending',
        needsApproval: true,
      });
      expect(await fixture.platform.dispatch?.get('424242')).toBeUndefined();
    });

    it.each([
      ['after the effect', true],
      ['before it', false],
    ])('starts one run where the connection is cut %s', async (_name, after) => {
      fixture.forge.faults.add({ method: 'POST', effect: { kind: 'drop', after } });
      const run = await start();
      expect(fixture.home.runs.map(({ id }) => String(id))).toEqual([run?.id]);
    });

    it('finds the run on a server that does not name it', async () => {
      fixture.forge.faults.add({ method: 'POST', effect: { kind: 'answer-after', status: 204 } });
      expect((await start())?.id).toBe(String(fixture.home.runs[0]?.id));
    });

    it('says where a run does not show, and where there is no such workflow', async () => {
      fixture.forge.faults.add({ method: 'POST', effect: { kind: 'answer', status: 204 } });
      await expect(start()).rejects.toMatchObject({ code: 'PLATFORM_PENDING' });
      await expect(
        fixture.platform.dispatch?.start({ ...request, workflow: 'missing.yml' }),
      ).rejects.toMatchObject({ code: 'PLATFORM_REFUSED' });
    });

    it('finds the newest run since a time', async () => {
      const since = '2026-01-01T00:00:00.000Z';
      expect(await fixture.platform.dispatch?.find({ ...request, since })).toBeUndefined();
      await start();
      const second = await start();
      expect((await fixture.platform.dispatch?.find({ ...request, since }))?.id).toBe(second?.id);
      const later = { ...request, since: '2036-01-01T00:00:00.000Z' };
      expect(await fixture.platform.dispatch?.find(later)).toBeUndefined();
    });
  });

  it('follows the newest deployment of a commit', async () => {
    const query = { sha: head, environment: 'production' };
    const find = () => fixture.platform.deployments?.find(query);
    expect(await find()).toBeUndefined();
    const { data } = await as('alice', 'POST', '/deployments', {
      ...{ ref: head, environment: 'production', required_contexts: [], auto_merge: false },
    });
    const { id } = data as { id: number };
    expect(await find()).toEqual({ id: String(id), environment: 'production', status: 'pending' });
    for (const [state, status] of [
      ['in_progress', 'pending'],
      ['failure', 'failed'],
      ['success', 'passed'],
    ]) {
      await as('alice', 'POST', `/deployments/${id}/statuses`, {
        state,
        environment_url: 'https://shop.example',
        log_url: 'https://shop.example/log',
      });
      expect(await find()).toMatchObject({ status, url: 'https://shop.example' });
    }
  });
});
