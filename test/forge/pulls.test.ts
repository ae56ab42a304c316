import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, Token } from './state.ts';
import { createTestForge, type TestForge } from './test-forge.ts';

let home: TestForge;
let ask: TestForge['ask'];
let alice: Token;
let bob: Token;
let job: Token;
beforeAll(async () => {
  home = await createTestForge({}, { checkEvents: true });
  ({ ask, alice, job } = home);
  home.forge.addUser({ login: 'bob', permission: { 'acme/shop': 'admin' } });
  bob = home.forge.createToken({ kind: 'pat', login: 'bob' });
});
afterAll(() => home.close());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const headOf = async (branch: string) =>
  ((await ask(job, 'GET', `/git/ref/heads/${branch}`, undefined, 200)).object as { sha: string }).sha;

async function put(branch: string, path: string, text: string): Promise<void> {
  const known = await home.forge.call(job, 'GET', `/repos/acme/shop/contents/${path}?ref=${branch}`);
  const sha = known.status === 200 ? { sha: (known.data as { sha: string }).sha } : {};
  await ask(job, 'PUT', `/contents/${path}`, {
    message: `Set ${path}`,
    content: base64(text),
    branch,
    ...sha,
  });
}

async function branch(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  await ask(job, 'POST', '/git/refs', { ref: `refs/heads/${name}`, sha: await headOf('main') }, 201);
  for (const [path, text] of Object.entries(files)) await put(name, path, text);
  return headOf(name);
}

async function propose(name: string, more: Json = {}, token = job): Promise<string> {
  const pull = await ask(token, 'POST', '/pulls', { title: name, head: name, base: 'main', ...more }, 201);
  return `/pulls/${pull.number}`;
}

describe('pull requests of the forge', () => {
  test('show commits, files and a diff, and are found by their branch', async () => {
    const head = await branch('shown', { 'src/b.js': 'b\n', 'README.md': '# Shop\n\nMore\n' });
    const pull = await propose('shown', { draft: true, body: 'What and why' });
    expect(await ask(job, 'GET', pull, undefined, 200)).toMatchObject({
      ...{
        mergeable: true,
        mergeable_state: 'draft',
        draft: true,
        commits: 2,
        changed_files: 2,
        additions: 3,
      },
      head: { sha: head, ref: 'shown', label: 'acme:shown' },
    });
    expect(await ask(job, 'GET', `${pull}/files`, undefined, 200)).toMatchObject([
      { filename: 'README.md', status: 'modified', patch: '@@ -1 +1,3 @@\n # Shop\n+\n+More' },
      { filename: 'src/b.js', status: 'added' },
    ]);
    expect(await ask(job, 'GET', `${pull}/commits`, undefined, 200)).toMatchObject([
      { commit: { message: 'Set src/b.js', verification: { verified: true } } },
      {},
    ]);
    expect(await ask(job, 'GET', '/pulls?head=acme:shown&state=all', undefined, 200)).toHaveLength(1);
    expect(await ask(job, 'GET', `/commits/${head}/pulls`, undefined, 200)).toHaveLength(1);
    await ask(job, 'POST', '/pulls', { title: 'again', head: 'shown', base: 'main' }, 422);
    await ask(job, 'POST', '/pulls', { title: 'nothing', head: 'main', base: 'main' }, 422);
    await ask(job, 'POST', '/pulls', { title: 'nobody', head: 'absent', base: 'main' }, 422);
    await ask(job, 'PUT', `${pull}/merge`, {}, 405);
    await ask(job, 'PATCH', pull, { title: 'Better', body: 'Else', state: 'closed' }, 200);
    await ask(job, 'PATCH', pull, { state: 'open' }, 200);
    await ask(job, 'GET', `${pull}/merge`, undefined, 404);
  });

  test('merge by each method at the expected head only, and close what they fix', async () => {
    for (const [method, parents] of [
      ['merge', 2],
      ['squash', 1],
      ['rebase', 1],
    ] as const) {
      const issue = await ask(alice, 'POST', '/issues', { title: method }, 201);
      const head = await branch(`by-${method}`, { [`${method}-1.txt`]: '1\n', [`${method}-2.txt`]: '2\n' });
      await put('main', `other-${method}.txt`, 'x');
      const before = await headOf('main');
      const pull = await propose(`by-${method}`, { body: `Fixes #${issue.number}` });
      await ask(job, 'PUT', `${pull}/merge`, { sha: before, merge_method: method }, 409);
      const merged = await ask(
        job,
        'PUT',
        `${pull}/merge`,
        { sha: head, merge_method: method, commit_title: 'Title', commit_message: 'Body' },
        200,
      );
      expect(merged.sha).toBe(await headOf('main'));
      const commit = await ask(job, 'GET', `/git/commits/${merged.sha}`, undefined, 200);
      expect(commit.parents).toHaveLength(parents);
      expect(commit.message).toBe(method === 'rebase' ? 'Set rebase-2.txt' : 'Title\n\nBody');
      const compared = await ask(job, 'GET', `/compare/${before}...main`, undefined, 200);
      expect(compared).toMatchObject({
        status: 'ahead',
        ahead_by: { merge: 3, squash: 1, rebase: 2 }[method],
      });
      expect(await ask(job, 'GET', pull)).toMatchObject({
        merged: true,
        state: 'closed',
        merge_commit_sha: merged.sha,
      });
      expect(await ask(job, 'GET', `/issues/${issue.number}`)).toMatchObject({
        state: 'closed',
        state_reason: 'completed',
      });
      await ask(job, 'PUT', `${pull}/merge`, { sha: head }, 405);
      await ask(job, 'GET', `${pull}/merge`, undefined, 204);
    }
  });

  test('do not merge with a conflict, and can be brought up to date where there is none', async () => {
    await branch('conflict', { 'src/a.js': 'mine\n' });
    const pull = await propose('conflict');
    await branch('behind', { 'behind.txt': 'b' });
    const other = await propose('behind');
    await put('main', 'src/a.js', 'theirs\n');
    expect(await ask(job, 'GET', pull)).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
    await ask(job, 'PUT', `${pull}/merge`, {}, 405);
    await ask(job, 'PUT', `${pull}/update-branch`, undefined, 422);
    await ask(job, 'PUT', `${other}/update-branch`, { expected_head_sha: await headOf('behind') }, 202);
    expect((await ask(job, 'GET', '/compare/main...behind', undefined, 200)).behind_by).toBe(0);
  });

  test('say that mergeability is being computed, where the test wants that', async () => {
    const { settings } = home.forge.repository('acme/shop');
    settings.mergeabilityReads = 1;
    await branch('computing', { 'computing.txt': 'c' });
    const pull = await propose('computing');
    expect(await ask(job, 'PUT', `${pull}/merge`, {}, 405)).toMatchObject({
      message: expect.stringContaining('try the merge again'),
    });
    expect(await ask(job, 'GET', pull)).toMatchObject({ mergeable: null, mergeable_state: 'unknown' });
    expect(await ask(job, 'GET', pull)).toMatchObject({ mergeable: true, mergeable_state: 'clean' });
    settings.mergeabilityReads = 0;
  });

  test('have reviews, which one cannot give oneself, and threads on lines', async () => {
    await branch('reviewed', { 'src/c.js': 'c\n' });
    const pull = await propose('reviewed', {}, alice);
    await ask(alice, 'POST', `${pull}/reviews`, { event: 'APPROVE' }, 422);
    await ask(bob, 'POST', `${pull}/reviews`, { event: 'COMMENT' }, 422);
    const comments = [{ path: 'src/c.js', line: 1, side: 'RIGHT', body: 'Why?' }];
    const review = await ask(
      bob,
      'POST',
      `${pull}/reviews`,
      { event: 'REQUEST_CHANGES', body: 'No', comments },
      200,
    );
    await ask(
      bob,
      'POST',
      `${pull}/reviews`,
      { event: 'COMMENT', comments: [{ path: 'absent.js', line: 1, body: 'x' }] },
      422,
    );
    expect(await ask(job, 'GET', `${pull}/reviews/${review.id}/comments`, undefined, 200)).toHaveLength(1);
    const [first] = (await ask(job, 'GET', `${pull}/comments`, undefined, 200)) as unknown as Json[];
    await ask(job, 'POST', `${pull}/comments/${first?.id}/replies`, { body: 'Because' }, 201);
    const alone = await ask(
      bob,
      'POST',
      `${pull}/comments`,
      { body: 'Also', path: 'src/c.js', line: 1, side: 'RIGHT', commit_id: await headOf('reviewed') },
      201,
    );
    await ask(bob, 'PATCH', `/pulls/comments/${alone.id}`, { body: 'Also this' }, 200);
    await ask(bob, 'POST', `/pulls/comments/${alone.id}/reactions`, { content: '+1' }, 201);
    await ask(bob, 'GET', `/pulls/comments/${alone.id}`, undefined, 200);
    await ask(bob, 'DELETE', `/pulls/comments/${alone.id}`, undefined, 204);
    expect(
      home.forge.repository('acme/shop').issues.get(Number(pull.split('/')[2]))?.pull?.threads,
    ).toHaveLength(1);
    await ask(bob, 'PUT', `${pull}/reviews/${review.id}`, { body: 'No, please' }, 200);
    await ask(bob, 'PUT', `${pull}/reviews/${review.id}/dismissals`, { message: 'done' }, 200);
    expect(await ask(job, 'GET', `${pull}/reviews`, undefined, 200)).toMatchObject([
      { state: 'DISMISSED' },
      { state: 'COMMENTED' },
      { state: 'COMMENTED' },
    ]);
    await ask(alice, 'POST', `${pull}/requested_reviewers`, { reviewers: ['alice'] }, 422);
    await ask(alice, 'POST', `${pull}/requested_reviewers`, { reviewers: ['ghost'] }, 422);
    await ask(alice, 'POST', `${pull}/requested_reviewers`, { reviewers: ['bob'] }, 201);
    expect(await ask(alice, 'GET', `${pull}/requested_reviewers`, undefined, 200)).toMatchObject({
      users: [{ login: 'bob' }],
    });
    await ask(alice, 'DELETE', `${pull}/requested_reviewers`, { reviewers: ['bob'] }, 200);
  });

  test('wait on a protected branch for reviews and checks', async () => {
    const name = 'guarded';
    await ask(job, 'POST', '/git/refs', { ref: `refs/heads/${name}`, sha: await headOf('main') }, 201);
    const rules = {
      required_status_checks: { strict: false, contexts: ['ci'] },
      required_pull_request_reviews: { required_approving_review_count: 1 },
      enforce_admins: true,
      restrictions: null,
    };
    await ask(job, 'PUT', `/branches/${name}/protection`, rules, 403);
    await ask(bob, 'PUT', `/branches/${name}/protection`, rules, 200);
    await ask(bob, 'GET', `/branches/${name}/protection`, undefined, 200);
    expect(await ask(job, 'GET', `/rules/branches/${name}`, undefined, 200)).toEqual([]);
    expect(await ask(job, 'GET', `/branches/${name}`, undefined, 200)).toMatchObject({ protected: true });
    await ask(job, 'PUT', '/contents/x.txt', { message: 'x', content: 'eA==', branch: name }, 409);
    const head = await branch('to-guarded', { 'guarded.txt': 'g' });
    const pull = await propose('to-guarded', { base: name }, alice);
    const merge = (status: number) => ask(job, 'PUT', `${pull}/merge`, { sha: head }, status);
    expect(await merge(405)).toMatchObject({
      message: expect.stringContaining('approving review is required'),
    });
    await ask(bob, 'POST', `${pull}/reviews`, { event: 'APPROVE' }, 200);
    expect(await merge(405)).toMatchObject({ message: 'Required status check "ci" is expected.' });
    const run = await ask(
      job,
      'POST',
      '/check-runs',
      { name: 'ci', head_sha: head, status: 'in_progress' },
      201,
    );
    expect(await merge(405)).toMatchObject({ message: 'Required status check "ci" is in progress.' });
    await ask(
      job,
      'PATCH',
      `/check-runs/${run.id}`,
      {
        status: 'completed',
        conclusion: 'failure',
        output: {
          title: 't',
          summary: 's',
          annotations: [{ path: 'a', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' }],
        },
      },
      200,
    );
    expect(await merge(405)).toMatchObject({ message: 'Required status check "ci" is failing.' });
    await ask(job, 'GET', `/check-runs/${run.id}/annotations`, undefined, 200);
    await ask(job, 'POST', '/check-runs', { name: 'ci', head_sha: head, conclusion: 'success' }, 201);
    expect(await ask(job, 'GET', pull)).toMatchObject({ mergeable_state: 'clean' });
    await merge(200);
    await ask(bob, 'DELETE', `/branches/${name}/protection`, undefined, 204);
    await ask(bob, 'GET', `/branches/${name}/protection`, undefined, 404);
  });

  test('close with their branch, and are merged by a push that holds them', async () => {
    const { deliveries } = home.forge.webhooks;
    await branch('gone', { 'gone.txt': 'g' });
    const gone = await propose('gone');
    await ask(job, 'DELETE', '/git/refs/heads/gone', undefined, 204);
    expect(await ask(job, 'GET', gone)).toMatchObject({ state: 'closed', merged: false });
    const head = await branch('pushed', { 'pushed.txt': 'p' });
    const pushed = await propose('pushed');
    await ask(job, 'PATCH', '/git/refs/heads/main', { sha: head }, 200);
    expect(await ask(job, 'GET', pushed)).toMatchObject({
      state: 'closed',
      merged: true,
      merge_commit_sha: head,
    });
    expect(
      deliveries.filter(({ event, action }) => event === 'pull_request' && action === 'closed').length,
    ).toBeGreaterThan(1);
  });

  test('cannot be opened by a job where the repository forbids it', async () => {
    const { settings } = home.forge.repository('acme/shop');
    await branch('forbidden', { 'f.txt': 'f' });
    settings.actionsMayOpenPulls = false;
    await ask(job, 'POST', '/pulls', { title: 'x', head: 'forbidden', base: 'main' }, 403);
    settings.actionsMayOpenPulls = true;
  });
});

describe('checks, statuses and deployments of the forge', () => {
  test('are told of a commit, the newest of each name', async () => {
    const sha = await branch('checked', { 'checked.txt': 'c' });
    await ask(alice, 'POST', '/check-runs', { name: 'x', head_sha: sha }, 403);
    const old = await ask(
      job,
      'POST',
      '/check-runs',
      { name: 'unit', head_sha: sha, conclusion: 'failure' },
      201,
    );
    await ask(job, 'POST', '/check-runs', { name: 'unit', head_sha: sha, conclusion: 'success' }, 201);
    expect(await ask(job, 'GET', '/commits/checked/check-runs', undefined, 200)).toMatchObject({
      total_count: 1,
    });
    expect(await ask(job, 'GET', '/commits/checked/check-runs?filter=all', undefined, 200)).toMatchObject({
      total_count: 2,
    });
    await ask(job, 'GET', `/check-runs/${old.id}`, undefined, 200);
    expect(await ask(job, 'GET', '/commits/checked/check-suites', undefined, 200)).toMatchObject({
      total_count: 1,
    });
    expect(await ask(job, 'GET', `/commits/${sha}/status`, undefined, 200)).toMatchObject({
      state: 'pending',
      total_count: 0,
    });
    await ask(
      alice,
      'POST',
      `/statuses/${sha}`,
      { state: 'failure', context: 'ci', target_url: 'https://ci.example.org/1' },
      201,
    );
    expect(await ask(job, 'GET', `/commits/${sha}/status`)).toMatchObject({ state: 'failure' });
    await ask(alice, 'POST', `/statuses/${sha}`, { state: 'success', context: 'ci' }, 201);
    expect(await ask(job, 'GET', `/commits/${sha}/status`)).toMatchObject({
      state: 'success',
      total_count: 1,
    });
    expect(await ask(job, 'GET', `/commits/${sha}/statuses`, undefined, 200)).toHaveLength(2);
  });

  test('let a deployment through when the checks are green', async () => {
    const sha = await branch('deployed', { 'deployed.txt': 'd' });
    await ask(alice, 'POST', `/statuses/${sha}`, { state: 'failure', context: 'ci' }, 201);
    await ask(job, 'POST', '/deployments', { ref: 'deployed' }, 409);
    const made = await ask(
      job,
      'POST',
      '/deployments',
      { ref: 'deployed', environment: 'staging', required_contexts: [] },
      201,
    );
    await ask(
      job,
      'POST',
      `/deployments/${made.id}/statuses`,
      { state: 'success', environment_url: 'https://shop.example.org' },
      201,
    );
    expect(await ask(job, 'GET', `/deployments?sha=${sha}&environment=staging`, undefined, 200)).toHaveLength(
      1,
    );
    expect(await ask(job, 'GET', `/deployments/${made.id}/statuses`, undefined, 200)).toMatchObject([
      { state: 'success' },
    ]);
    await ask(job, 'GET', `/deployments/${made.id}`, undefined, 200);
  });
});
