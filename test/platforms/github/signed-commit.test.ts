import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlatformFile } from '../../../src/ports/platform/branches.ts';
import { githubFaults } from '../../forge/faults.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

const text = (content: string | Uint8Array, mode: PlatformFile['mode'] = '100644'): PlatformFile => ({
  content,
  mode,
});

describe('a commit that GitHub makes and signs', () => {
  let fixture: GitHubFixture;
  let name: string;
  let expected: string;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
  });
  beforeEach(async () => {
    fixture.forge.faults.clear();
    const issue = await fixture.openIssue({ title: 'Signed' });
    name = `tamma/${issue}-signed`;
    expected = (await fixture.platform.branches.getDefault()).head;
    await fixture.platform.branches.write({ name, head: expected, expected: null });
    fixture.takeRequests();
  });
  afterAll(() => fixture.remove());

  const commit = (files: Record<string, PlatformFile | null>, more: { name?: string } = {}) =>
    fixture.platform.branches.commit?.({
      ...{ name, expected, message: 'Add it\n\nBecause.', files: new Map(Object.entries(files)) },
      ...more,
    });

  it('holds files of any bytes, and takes others away', async () => {
    const bytes = Uint8Array.from([0x00, 0xff, 0xfe, 0x80, 0x0a]);
    const written = await commit({
      'src/signed.js': text('export const ö = 1;\n'),
      'logo.bin': text(bytes),
      'README.md': null,
    });
    if (written?.status !== 'written') throw new Error(JSON.stringify(written));
    expect(fixture.takeRequests()).toEqual(['GraphQL createCommitOnBranch']);
    expect(fixture.home.signed.has(written.head)).toBe(true);
    expect(await fixture.readFile(written.head, 'src/signed.js')).toBe('export const ö = 1;');
    expect(await fixture.readFile(written.head, 'README.md')).toBeUndefined();
    expect(await fixture.home.git.blob(`${written.head}:logo.bin`)).toEqual(Buffer.from(bytes));
    expect(await fixture.platform.branches.find(name)).toBe(written.head);
  });

  it('is made on the expected head and on no other', async () => {
    const first = await commit({ 'src/one.js': text('1\n') });
    const head = first?.status === 'written' ? first.head : '';
    expect(await commit({ 'src/two.js': text('2\n') })).toEqual({ status: 'moved', head });
  });

  it.each([
    ['cut after the effect', githubFaults.dropAfterEffect()],
    ['hanging after the effect', githubFaults.timeoutAfterEffect()],
  ])('is made once, and found where no answer came: %s', async (_name, effect) => {
    fixture.forge.faults.add({ operation: 'createCommitOnBranch', effect });
    const lost = await commit({ 'src/lost.js': text('1\n') });
    const head = await fixture.home.git.find(`refs/heads/${name}`);
    expect(head).not.toBe(expected);
    expect(lost).toEqual({ status: 'written', head });
  });

  it('says that nobody knows where the branch did not move', async () => {
    fixture.forge.faults.add({ operation: 'createCommitOnBranch', effect: { kind: 'drop' } });
    await expect(commit({ 'src/x.js': text('1\n') })).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' });
  });

  it.each([
    ['a file that can be run', { 'run.sh': text('#!/bin/sh\n', '100755') }, /run\.sh .*100755/],
    ['a link', { link: text('README.md', '120000') }, /link .*120000/],
    [
      'many files',
      Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`${n}`, text('')])),
      /101 files/,
    ],
    ['much content', { big: text(Buffer.alloc(5_000_001)) }, /5000001 bytes/],
  ])('cannot carry %s: git has to', async (_name, files, reason) => {
    expect(await commit(files)).toEqual({ status: 'unfit', reason: expect.stringMatching(reason) });
    expect(fixture.takeRequests()).toEqual([]);
  });

  it('goes to our own branches only', async () => {
    await expect(commit({ a: text('1') }, { name: 'main' })).rejects.toMatchObject({
      code: 'POLICY_VIOLATION',
    });
  });
});
