import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GitOptions, git, gitText } from '../../src/lib/git.ts';
import type { Scopes, Token } from './state.ts';
import { createTestForge, EVERYTHING, type TestForge } from './test-forge.ts';

let home: TestForge;
let ask: TestForge['ask'];
beforeAll(async () => {
  home = await createTestForge({ '.github/workflows/ci.yml': 'on: push\njobs: {}\n' });
  ask = home.ask;
  await home.forge.addRepository({ owner: 'acme', name: 'secret', files: { 'a.txt': 'a' } });
  await home.forge.addRepository({ owner: 'acme', name: 'open', files: { 'a.txt': 'a' }, isPrivate: false });
});
afterAll(() => home.close());

const token = (permissions: Scopes, repository = 'acme/shop') =>
  home.forge.createToken({ kind: 'actions', repository, permissions });

describe('tokens of the forge', () => {
  test.each<[string, string, Scopes, Record<string, unknown> | undefined]>([
    ['GET', '/issues', { issues: 'read' }, undefined],
    ['POST', '/issues', { issues: 'write' }, { title: 'x' }],
    ['GET', '/pulls', { pull_requests: 'read' }, undefined],
    ['GET', '/git/ref/heads/main', { contents: 'read' }, undefined],
    ['POST', '/labels', { issues: 'write' }, { name: 'new' }],
    ['POST', '/git/blobs', { contents: 'write' }, { content: 'x' }],
    ['GET', '/commits/main/check-runs', { checks: 'read' }, undefined],
    ['GET', '/commits/main/status', { statuses: 'read' }, undefined],
    ['GET', '/actions/runs', { actions: 'read' }, undefined],
    ['GET', '/deployments', { deployments: 'read' }, undefined],
    ['POST', '/dispatches', { contents: 'write' }, { event_type: 'go' }],
  ])('%s %s wants %o and nothing else', async (method, path, needed, body) => {
    const scope = Object.keys(needed)[0] as keyof Scopes;
    const rest: Scopes = { ...EVERYTHING };
    delete rest[scope];
    if (path === '/issues' || path === '/labels') delete rest.pull_requests;
    const refused = await ask(token(rest), method, path, body, 403);
    expect(refused).toMatchObject({ message: 'Resource not accessible by integration' });
    const answer = await home.forge.call(token(needed), method, `/repos/acme/shop${path}`, body);
    expect(answer.status).toBeLessThan(300);
  });

  test('reach their repository only, and what is public', async () => {
    const mine = token(EVERYTHING);
    await ask(mine, 'GET', '/repos/acme/secret/issues', undefined, 404);
    await ask(home.alice, 'GET', '/repos/acme/secret', undefined, 404);
    await ask(home.alice, 'GET', '/repos/acme/open/issues', undefined, 200);
    await ask(home.alice, 'PUT', '/repos/acme/open/contents/b.txt', { message: 'b', content: 'eA==' }, 403);
    await ask(token({}, 'acme/open'), 'GET', '/repos/acme/open/contents/a.txt', undefined, 200);
  });

  test('are refused when unknown, revoked or used up', async () => {
    const unknown = await home.forge.call('nobody', 'GET', '/repos/acme/shop');
    expect(unknown).toMatchObject({ status: 401, data: { message: 'Bad credentials' } });
    const revoked = token(EVERYTHING);
    expect((await home.forge.call(revoked, 'DELETE', '/installation/token')).status).toBe(204);
    await ask(revoked, 'GET', '', undefined, 401);
    const poor = home.forge.createToken({
      kind: 'actions',
      repository: 'acme/shop',
      permissions: EVERYTHING,
      limit: 2,
    });
    const first = await home.forge.call(poor, 'GET', '/repos/acme/shop/issues');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    await ask(poor, 'GET', '/issues', undefined, 200);
    const over = await home.forge.call(poor, 'GET', '/repos/acme/shop/issues');
    expect(over).toMatchObject({
      status: 403,
      data: { message: expect.stringContaining('API rate limit exceeded') },
    });
    expect(over.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await ask(poor, 'GET', '/rate_limit', undefined, 200)).toMatchObject({ rate: { remaining: 0 } });
  });

  test('cost nothing for an answer that has not changed', async () => {
    const url = `${home.forge.url}/repos/acme/shop/labels`;
    const mine = token(EVERYTHING);
    const headers = { authorization: `Bearer ${mine.secret}` };
    const etag = (await fetch(url, { headers })).headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { ...headers, 'if-none-match': etag } });
    expect([again.status, mine.used]).toEqual([304, 1]);
  });

  test('are asked for a version of the API that exists', async () => {
    const headers = { authorization: `Bearer ${home.alice.secret}`, 'x-github-api-version': '2020-01-01' };
    expect((await fetch(`${home.forge.url}/api/v3/repos/acme/shop`, { headers })).status).toBe(400);
    headers['x-github-api-version'] = '2022-11-28';
    expect((await fetch(`${home.forge.url}/api/v3/repos/acme/shop`, { headers })).status).toBe(200);
  });
});

describe('git of the forge', () => {
  const options = (cwd: string, { secret }: Token): GitOptions => {
    const url = home.forge.gitUrl('acme', 'shop');
    const header = `Basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`;
    const who = {
      GIT_AUTHOR_NAME: 'T',
      GIT_AUTHOR_EMAIL: 't@e.org',
      GIT_COMMITTER_NAME: 'T',
      GIT_COMMITTER_EMAIL: 't@e.org',
    };
    return { cwd, gitDirectory: join(cwd, '.git'), authorization: { url, header }, env: who };
  };
  const push = async (directory: string, from: Token, ref: string) =>
    (
      await git(['push', '-q', home.forge.gitUrl('acme', 'shop'), `HEAD:${ref}`], {
        ...options(directory, from),
        allowExitCodes: [1, 128],
      })
    ).stderr;

  async function clone(name: string): Promise<string> {
    const directory = join(home.root, name);
    const url = home.forge.gitUrl('acme', 'shop');
    const { authorization } = options(directory, home.job);
    await gitText(['clone', '-q', url, directory], { ...(authorization ? { authorization } : {}) });
    return directory;
  }

  test('takes pushes of who may write, and tells of what they changed', async () => {
    const directory = await clone('one');
    await gitText(['commit', '-q', '--allow-empty', '-m', 'Empty'], options(directory, home.job));
    expect(await push(directory, token({ contents: 'read' }), 'refs/heads/x')).toContain('403');
    expect(await push(directory, token(EVERYTHING, 'acme/open'), 'refs/heads/x')).toContain('not found');
    expect(await push(directory, home.job, 'refs/heads/x')).toBe('');
    const told = home.forge.webhooks.deliveries.filter(({ event }) => event === 'push').at(-1);
    expect(told?.payload).toMatchObject({
      ref: 'refs/heads/x',
      created: true,
      head_commit: { message: 'Empty' },
    });
    expect(told?.cause.actor.kind).toBe('actions');
  });

  test('lets nobody but people and the right apps change workflow files, by git or by the API', async () => {
    const directory = await clone('two');
    const change = {
      message: 'm',
      content: Buffer.from('on: push\njobs: {}\n').toString('base64'),
      branch: 'main',
    };
    await ask(home.job, 'PUT', '/contents/.github/workflows/new.yml', change, 403);
    await gitText(['rm', '-q', '.github/workflows/ci.yml'], options(directory, home.job));
    await gitText(['commit', '-q', '-m', 'Drop'], options(directory, home.job));
    expect(await push(directory, home.job, 'refs/heads/drop')).toContain('without `workflows` permission');
    expect(await push(directory, home.alice, 'refs/heads/drop')).toBe('');
    await ask(home.alice, 'PUT', '/contents/.github/workflows/new.yml', change, 201);
  });

  test('protects branches by a real hook, in GitHub’s words', async () => {
    const { forge } = home;
    forge.addUser({ login: 'root', permission: { 'acme/shop': 'admin' } });
    const root = forge.createToken({ kind: 'pat', login: 'root' });
    const rules = {
      required_status_checks: null,
      required_pull_request_reviews: {},
      enforce_admins: true,
      restrictions: null,
    };
    const directory = await clone('three');
    await ask(root, 'PUT', '/branches/main/protection', rules, 200);
    await gitText(['commit', '-q', '--allow-empty', '-m', 'Direct'], options(directory, home.job));
    expect(await push(directory, home.alice, 'refs/heads/main')).toMatch(/GH006[\s\S]*pull request/);
    await ask(
      root,
      'PUT',
      '/branches/main/protection',
      { ...rules, required_pull_request_reviews: null },
      200,
    );
    expect(await push(directory, home.alice, 'refs/heads/main')).toBe('');
    await gitText(
      ['commit', '-q', '--amend', '--allow-empty', '-m', 'Another'],
      options(directory, home.job),
    );
    const forced = await git(
      ['push', '-q', '--force', forge.gitUrl('acme', 'shop'), 'HEAD:refs/heads/main'],
      {
        ...options(directory, home.alice),
        allowExitCodes: [1],
      },
    );
    expect(forced.stderr).toContain('Cannot force-push to this branch');
    await ask(root, 'DELETE', '/branches/main/protection', undefined, 204);
  });

  test('keeps refs, trees, blobs and commits where REST reads and writes them', async () => {
    const { job } = home;
    const main = (await ask(job, 'GET', '/git/ref/heads/main', undefined, 200)).object as { sha: string };
    const blob = await ask(
      job,
      'POST',
      '/git/blobs',
      { content: Buffer.from('hi').toString('base64'), encoding: 'base64' },
      201,
    );
    expect(await ask(job, 'GET', `/git/blobs/${blob.sha}`, undefined, 200)).toMatchObject({
      content: 'aGk=',
      size: 2,
    });
    const base = (await ask(job, 'GET', `/git/commits/${main.sha}`, undefined, 200)).tree as { sha: string };
    const tree = await ask(
      job,
      'POST',
      '/git/trees',
      {
        base_tree: base.sha,
        tree: [
          { path: 'run.sh', mode: '100755', type: 'blob', sha: blob.sha },
          { path: 'src/a.js', mode: '100644', type: 'blob', sha: null },
        ],
      },
      201,
    );
    const commit = await ask(
      job,
      'POST',
      '/git/commits',
      { message: 'By hand', tree: tree.sha, parents: [main.sha] },
      201,
    );
    expect(commit).toMatchObject({
      verification: { verified: true },
      author: { name: 'github-actions[bot]' },
    });
    await ask(job, 'POST', '/git/refs', { ref: 'refs/heads/hand', sha: main.sha }, 201);
    await ask(job, 'POST', '/git/refs', { ref: 'refs/heads/hand', sha: main.sha }, 422);
    await ask(job, 'PATCH', '/git/refs/heads/hand', { sha: commit.sha }, 200);
    await ask(job, 'PATCH', '/git/refs/heads/hand', { sha: main.sha }, 422);
    expect(await ask(job, 'GET', '/git/trees/hand?recursive=1', undefined, 200)).toMatchObject({
      tree: expect.arrayContaining([expect.objectContaining({ path: 'run.sh', mode: '100755' })]),
    });
    expect(await ask(job, 'GET', '/git/matching-refs/heads/ha', undefined, 200)).toHaveLength(1);
    expect(await ask(job, 'GET', '/contents/src?ref=main', undefined, 200)).toMatchObject([
      { type: 'file', path: 'src/a.js' },
    ]);
    const file = await ask(job, 'GET', '/contents/run.sh?ref=hand', undefined, 200);
    expect(file).toMatchObject({ encoding: 'base64', content: 'aGk=' });
    await ask(
      job,
      'PUT',
      '/contents/run.sh',
      { message: 'm', content: 'eA==', branch: 'hand', sha: main.sha },
      409,
    );
    await ask(job, 'DELETE', '/contents/run.sh', { message: 'm', branch: 'hand', sha: file.sha }, 200);
    await ask(job, 'GET', '/contents/run.sh?ref=hand', undefined, 404);
    expect(await ask(job, 'GET', '/commits?sha=hand&per_page=2', undefined, 200)).toHaveLength(2);
    expect(await ask(job, 'GET', '/commits/hand', undefined, 200)).toMatchObject({
      files: [{ status: 'removed', filename: 'run.sh' }],
    });
    await ask(job, 'GET', '/git/ref/heads/absent', undefined, 404);
    await ask(job, 'DELETE', '/git/refs/heads/main', undefined, 422);
    await ask(job, 'DELETE', '/git/refs/heads/absent', undefined, 422);
    expect(await ask(job, 'GET', '/branches', undefined, 200)).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'hand', protected: false })]),
    );
  });
});
