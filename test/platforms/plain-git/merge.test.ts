import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCommit } from '../../../src/lib/git-objects.ts';
import type { MergeMethod } from '../../../src/ports/platform/pulls.ts';
import {
  createPlainGitFixture,
  type PlainGitFixture,
  testIdentity,
} from '../../support/plain-git-platform.ts';

let fixture: PlainGitFixture;
beforeAll(async () => {
  fixture = await createPlainGitFixture('bare');
});
afterAll(() => fixture.remove());

const trunk = async () => (await fixture.platform.branches.getDefault()).head;
const git = (...args: string[]) => fixture.home.git(args);
const push = (files: Record<string, string>): Promise<string> => fixture.pushDefault(files);

/** A pull request of two commits on a branch of its own. */
async function openPull(slug: string) {
  const number = await fixture.openIssue({ title: slug });
  const base = await trunk();
  const first = await fixture.commit(
    base,
    { [`test/${slug}.js`]: 'test\n' },
    `Add tests for ${slug} (#${number})`,
  );
  const head = await fixture.commit(
    first,
    { [`src/${slug}.js`]: 'code\n' },
    `Implement ${slug} (#${number})\n\nTamma-Issue: ${number}`,
  );
  const branch = `tamma/${number}-${slug}`;
  await fixture.platform.branches.write({ name: branch, head, expected: null });
  const draft = {
    issue: number,
    branch,
    base: 'main',
    head,
    title: slug,
    body: '',
    draft: false,
    labels: [],
  };
  const pull = await fixture.platform.pulls.ensure(draft);
  const merge = (method: MergeMethod, more: { body?: string; expectedHead?: string } = {}) =>
    fixture.platform.pulls.merge({
      number,
      method,
      expectedHead: head,
      title: `Merge ${slug}`,
      body: 'Why.',
      ...more,
    });
  return { number, base, first, head, branch, pull, draft, merge };
}

async function mergeOrFail(work: Awaited<ReturnType<typeof openPull>>, method: MergeMethod): Promise<string> {
  const result = await work.merge(method);
  if (result.status !== 'merged') throw new Error(JSON.stringify(result));
  return result.mergeSha;
}

describe('a squash', () => {
  it('is one commit with the change of the project only, then one that says so in the issue', async () => {
    const work = await openPull('squash');
    const before = await trunk();
    const mergeSha = await mergeOrFail(work, 'squash');
    expect(await git('rev-parse', `${mergeSha}^`)).toBe(before);
    expect(await git('diff', '--name-only', before, mergeSha)).toBe('src/squash.js\ntest/squash.js');
    expect(await git('rev-parse', `${await trunk()}^`)).toBe(mergeSha);
    expect(await git('diff', '--name-only', mergeSha, 'main')).toBe(`.tamma/issues/${work.number}.md`);
    expect(await git('log', '-1', '--format=%an <%ae> %cn <%ce>%n%B', mergeSha)).toBe(
      `Tamma <tamma@example.org> Tamma <tamma@example.org>\nMerge squash\n\nWhy.\n\nTamma-Issue: ${work.number}\nTamma-Head: ${work.head}`,
    );
    expect(await fixture.platform.issues.get(work.number)).toMatchObject({ state: 'open' });
  });
});

describe('a merge', () => {
  it('has both parents', async () => {
    const work = await openPull('both');
    const before = await trunk();
    const mergeSha = await mergeOrFail(work, 'merge');
    expect(await git('log', '-1', '--format=%P', mergeSha)).toBe(`${before} ${work.head}`);
  });
});

describe('a rebase', () => {
  it('puts the commits one after the other on the default branch, each with its author', async () => {
    const work = await openPull('linear');
    const before = await push({ 'docs/linear.md': 'meanwhile\n' });
    const mergeSha = await mergeOrFail(work, 'rebase');
    expect(await git('log', '--reverse', '--format=%an|%s|%ad', '--date=raw', `${before}..${mergeSha}`)).toBe(
      `Tamma|Add tests for linear (#${work.number})|1795165200 +0000\nTamma|Implement linear (#${work.number})|1795165200 +0000`,
    );
    expect(await git('log', '--format=%P', `${before}..${mergeSha}`)).not.toContain(' ');
    expect(await git('log', '-1', '--format=%(trailers:key=Tamma-Head,valueonly)', mergeSha)).toBe(work.head);
  });

  it('leaves out commits whose change is there already', async () => {
    const work = await openPull('half');
    const before = await push({ 'test/half.js': 'test\n' });
    const mergeSha = await mergeOrFail(work, 'rebase');
    expect(await git('log', '--format=%s', `${before}..${mergeSha}`)).toBe(
      `Implement half (#${work.number})`,
    );
  });

  it('refuses a branch with nothing new, and one that holds merges', async () => {
    const empty = await openPull('same');
    await push({ 'test/same.js': 'test\n', 'src/same.js': 'code\n' });
    expect(await empty.merge('rebase')).toMatchObject({
      status: 'not-allowed',
      reason: expect.stringContaining('every change'),
    });
    const work = await openPull('knot');
    const tree = await git('rev-parse', `${work.head}^{tree}`);
    const main = await push({ 'docs/knot.md': 'x\n' });
    const date = new Date('2026-11-20T09:00:00Z');
    const knot = await writeCommit(fixture.home.gitDirectory, {
      tree,
      parents: [work.head, main],
      message: 'Merge main',
      author: testIdentity,
      committer: testIdentity,
      date,
    });
    await fixture.platform.branches.write({ name: work.branch, head: knot, expected: work.head });
    expect(await work.merge('rebase', { expectedHead: knot })).toMatchObject({
      status: 'not-allowed',
      reason: expect.stringContaining('squash'),
    });
    expect(await work.merge('squash', { expectedHead: knot })).toMatchObject({ status: 'merged' });
  });
});

describe('a merge that has happened', () => {
  it('is found by its trailers where the issue does not know of it, and answered with its first commit', async () => {
    for (const method of ['squash', 'merge', 'rebase'] as const) {
      const work = await openPull(`lost-${method}`);
      const issueBefore = await git('show', `main:.tamma/issues/${work.number}.md`);
      const mergeSha = await mergeOrFail(work, method);
      await push({ [`.tamma/issues/${work.number}.md`]: `${issueBefore}\n` });
      await fixture.platform.branches.remove(work.branch, work.head);
      expect(await work.merge(method)).toEqual({ status: 'merged', mergeSha, already: true });
      expect(await fixture.platform.pulls.find(work.branch)).toMatchObject({ state: 'merged', mergeSha });
    }
  });

  it('is found where a person has merged by hand', async () => {
    const forward = await openPull('forward');
    const documents = await trunk();
    // A person takes the branch in with a merge commit of their own.
    const tree = await git('merge-tree', '--write-tree', documents, forward.head);
    const byHand = await git('commit-tree', tree, '-p', documents, '-p', forward.head, '-m', 'By hand');
    await git('update-ref', 'refs/heads/main', byHand, documents);
    expect(await forward.merge('squash')).toEqual({ status: 'merged', mergeSha: byHand, already: true });
  });

  it('cannot be faked by what stands in a message', async () => {
    const work = await openPull('target');
    const other = await openPull('forger');
    const forged = `Tamma-Issue: ${work.number}\nTamma-Head: ${work.head}`;
    expect(await other.merge('squash', { body: forged })).toMatchObject({ status: 'merged' });
    expect(await work.merge('squash')).toMatchObject({ status: 'merged', already: false });
  });

  it('does not stand for another head', async () => {
    const work = await openPull('bound');
    await mergeOrFail(work, 'squash');
    expect(await work.merge('squash', { expectedHead: work.first })).toEqual({
      status: 'head-moved',
      head: work.head,
    });
  });

  it('gives a new pull request when the same issue is worked on again', async () => {
    const work = await openPull('again');
    const first = await mergeOrFail(work, 'squash');
    expect(await fixture.platform.pulls.ensure(work.draft)).toMatchObject({
      created: false,
      state: 'merged',
      mergeSha: first,
    });
    const next = await fixture.commit(await trunk(), { 'src/again.js': 'better\n' });
    await fixture.platform.branches.remove(work.branch, work.head);
    await fixture.platform.branches.write({ name: work.branch, head: next, expected: null });
    expect(await fixture.platform.pulls.ensure({ ...work.draft, head: next })).toMatchObject({
      created: true,
      state: 'open',
    });
    const merged = await work.merge('squash', { expectedHead: next });
    expect(merged).toMatchObject({ status: 'merged', already: false });
    expect(merged).not.toMatchObject({ mergeSha: first });
  });
});

describe('a merge that cannot be', () => {
  it('says that there is no pull request, or that it was closed, or that its branch is gone', async () => {
    const none = await fixture.openIssue({ title: 'None' });
    const request = { method: 'squash', expectedHead: await trunk(), title: '', body: '' } as const;
    expect(await fixture.platform.pulls.merge({ number: none, ...request })).toMatchObject({
      status: 'not-allowed',
    });
    const closed = await openPull('closed');
    const text = await git('show', `main:.tamma/issues/${closed.number}.md`);
    const pull = text.lastIndexOf('state: open');
    await push({
      [`.tamma/issues/${closed.number}.md`]: `${text.slice(0, pull)}state: closed${text.slice(pull + 11)}\n`,
    });
    expect(await closed.merge('squash')).toEqual({
      status: 'not-allowed',
      reason: 'the pull request is closed',
    });
    const gone = await openPull('gone');
    await fixture.platform.branches.remove(gone.branch, gone.head);
    expect(await gone.merge('squash')).toMatchObject({
      status: 'not-allowed',
      reason: expect.stringContaining('is gone'),
    });
  });

  it('says that histories have nothing in common', async () => {
    const number = await fixture.openIssue({ title: 'Strange' });
    const tree = await git('rev-parse', 'main^{tree}');
    const head = await git('commit-tree', tree, '-m', 'From nowhere');
    const branch = `tamma/${number}-strange`;
    await fixture.platform.branches.write({ name: branch, head, expected: null });
    await fixture.platform.pulls.ensure({
      issue: number,
      branch,
      base: 'main',
      head,
      title: 'T',
      body: '',
      draft: false,
      labels: [],
    });
    const merged = fixture.platform.pulls.merge({
      number,
      method: 'squash',
      expectedHead: head,
      title: 'T',
      body: '',
    });
    expect(await merged).toMatchObject({
      status: 'not-allowed',
      reason: expect.stringContaining('no history in common'),
    });
  });

  it('takes no branch of another issue for a pull request', async () => {
    const work = await openPull('mine');
    const ensured = fixture.platform.pulls.ensure({ ...work.draft, issue: work.number - 1 });
    await expect(ensured).rejects.toMatchObject({ code: 'REALITY_DISAGREES' });
  });
});
