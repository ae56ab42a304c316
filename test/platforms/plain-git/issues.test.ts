import { chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlainGitPlatform } from '../../../src/platforms/plain-git/plain-git.ts';
import { createGitRepository } from '../../support/git-repository.ts';
import {
  createPlainGitFixture,
  createTestClock,
  type PlainGitFixture,
  testIdentity,
} from '../../support/plain-git-platform.ts';

let fixture: PlainGitFixture;
beforeAll(async () => {
  fixture = await createPlainGitFixture('bare');
});
afterAll(() => fixture.remove());

const tammaIssues = { include: ['tamma'], exclude: [] };

describe('issues as files', () => {
  it('takes author and dates from the history where the file does not say', async () => {
    const { home, platform } = fixture;
    await home.commit(
      'Open',
      { '.tamma/issues/40.md': '---\ntitle: Old\n---\n' },
      { name: 'Carol', date: new Date('2026-01-01T10:00:00Z') },
    );
    await home.commit(
      'Edit',
      { '.tamma/issues/40.md': '---\ntitle: Old\nlabels: [tamma]\n---\n' },
      { name: 'Dan', date: new Date('2026-02-01T10:00:00Z') },
    );
    expect(await platform.issues.get(40)).toMatchObject({
      author: 'Carol',
      createdAt: '2026-01-01T10:00:00.000Z',
      updatedAt: '2026-02-01T10:00:00.000Z',
    });
  });

  it('writes one commit a change, with a trailer that names the issue', async () => {
    const { home, platform } = fixture;
    const number = await fixture.openIssue({ title: 'One commit' });
    const before = await home.git(['rev-parse', 'main']);
    await platform.issues.update(number, {
      assign: 'self',
      addLabels: ['a'],
      comment: { marker: 'm', body: 'x' },
      close: { reason: 'completed' },
    });
    expect(await home.git(['log', '--format=%an %s %(trailers:only)', `${before}..main`])).toBe(
      `Tamma Update issue #${number} (tamma) Tamma-Issue: ${number}`,
    );
    expect(await home.git(['diff', '--name-only', before, 'main'])).toBe(`.tamma/issues/${number}.md`);
  });

  it('lists what can be read, and says what cannot where nothing else is there', async () => {
    const { home, platform } = fixture;
    await home.commit('Spoil', {
      '.tamma/issues/50.md': 'no front matter',
      '.tamma/issues/notes.md': 'x',
      '.tamma/issues/07.md': 'x',
    });
    expect((await platform.issues.list(tammaIssues)).map(({ number }) => number)).toEqual([40]);
    const nothing = platform.issues.list({ include: ['other'], exclude: [] });
    await expect(nothing).rejects.toMatchObject({
      code: 'ISSUE_INVALID',
      message: expect.stringContaining('.tamma/issues/50.md:1'),
    });
    await expect(platform.issues.get(50)).rejects.toMatchObject({ code: 'ISSUE_INVALID' });
  });

  it('never gives a number twice, also where a file was deleted', async () => {
    const { home, platform } = fixture;
    await home.commit('Open', { '.tamma/issues/60.md': '---\ntitle: T\n---\n' });
    await home.commit('Delete', { '.tamma/issues/60.md': null });
    const draft = { marker: 'after-delete', title: 'Next', body: '', labels: [] };
    expect((await platform.issues.ensure(draft)).number).toBe(61);
  });

  it('writes nothing that it could not read again', async () => {
    const number = await fixture.openIssue({ title: 'Careful' });
    const before = await fixture.home.git(['rev-parse', 'main']);
    const change = { addLabels: ['x'.repeat(501)] };
    await expect(fixture.platform.issues.update(number, change)).rejects.toMatchObject({
      code: 'ISSUE_INVALID',
    });
    expect(await fixture.home.git(['rev-parse', 'main'])).toBe(before);
  });

  it('loses no change of ten writers at once', async () => {
    const number = await fixture.openIssue({ title: 'Crowd' });
    const writers = await Promise.all(Array.from({ length: 10 }, () => fixture.connect()));
    await Promise.all(
      writers.map((writer, index) => writer.issues.update(number, { addLabels: [`l${index}`] })),
    );
    expect((await fixture.platform.issues.get(number)).labels).toHaveLength(10);
  });
});

describe('who Tamma is on plain git', () => {
  it('is the given identity, without what git could not write', async () => {
    const platform = await createPlainGitPlatform({
      ...fixture.options,
      identity: { name: ' Ada <x>\n', email: '<ada@example.org>' },
    });
    expect(await platform.actors.self()).toEqual({
      kind: 'system',
      id: 'ada@example.org',
      login: 'Ada x',
      via: 'plain-git',
      name: 'Ada x',
      email: 'ada@example.org',
    });
  });

  it.each([null, { name: '', email: 'a@example.org' }, { name: 'Ada', email: ' ' }])(
    'says how to set a missing identity (%j), and writes nothing',
    async (identity) => {
      const platform = await createPlainGitPlatform({ ...fixture.options, identity });
      const number = await fixture.openIssue({ title: 'Nobody' });
      await expect(platform.actors.self()).rejects.toMatchObject({
        code: 'GIT_IDENTITY_MISSING',
        help: expect.stringContaining('git config'),
      });
      await expect(platform.issues.update(number, { assign: 'self' })).rejects.toMatchObject({
        code: 'GIT_IDENTITY_MISSING',
      });
    },
  );

  it('lets whoever can write the repository give commands, and nobody where that cannot be told', async () => {
    expect(await fixture.platform.actors.permission({ id: 'alice', login: 'alice' })).toBe('write');
    const elsewhere = await createPlainGitPlatform({
      ...fixture.options,
      remote: { url: fixture.home.directory },
    });
    expect(await elsewhere.actors.permission({ id: 'alice', login: 'alice' })).toBe('none');
    expect(await elsewhere.actors.permission({ id: testIdentity.email, login: testIdentity.name })).toBe(
      'write',
    );
    expect(await elsewhere.actors.permission({ id: testIdentity.name, login: testIdentity.name })).toBe(
      'write',
    );
    const broken = await createPlainGitPlatform({
      ...fixture.options,
      remote: { url: fixture.home.directory },
      identity: null,
    });
    expect(await broken.actors.permission({ id: 'alice', login: 'alice' })).toBe('none');
  });

  it('gives nobody a permission where the repository cannot be written', async () => {
    const repository = await createGitRepository({ bare: true, files: { a: 'a' } });
    try {
      const platform = await createPlainGitPlatform({
        ...fixture.options,
        gitDirectory: repository.gitDirectory,
      });
      await rm(join(repository.gitDirectory, 'objects'), { recursive: true });
      expect(await platform.actors.permission({ id: 'alice', login: 'alice' })).toBe('none');
    } finally {
      await chmod(repository.gitDirectory, 0o755);
      await repository.remove();
    }
  });
});

describe('the default branch of a repository without remote', () => {
  const clock = createTestClock();
  const open = (gitDirectory: string, more: { directory?: string; defaultBranch?: string } = {}) =>
    createPlainGitPlatform({
      gitDirectory,
      clock,
      remote: null,
      identity: testIdentity,
      checkout: more.directory ? { directory: more.directory } : null,
      ...(more.defaultBranch ? { defaultBranch: more.defaultBranch } : {}),
    });

  it('is what a bare repository names, and main in a checkout of another branch', async () => {
    const bare = await createGitRepository({ bare: true, branch: 'trunk', files: { a: 'a' } });
    const checkout = await createGitRepository({ files: { a: 'a' } });
    try {
      await bare.commit('Other', { a: 'a' }, { branch: 'main' });
      await checkout.git(['checkout', '--quiet', '-b', 'mine']);
      expect((await (await open(bare.gitDirectory)).branches.getDefault()).name).toBe('trunk');
      const platform = await open(checkout.gitDirectory, checkout);
      expect((await platform.branches.getDefault()).name).toBe('main');
      expect(platform.repository).toBe(checkout.directory);
      const wanted = await open(checkout.gitDirectory, {
        directory: checkout.directory,
        defaultBranch: 'mine',
      });
      expect((await wanted.branches.getDefault()).name).toBe('mine');
    } finally {
      await Promise.all([bare.remove(), checkout.remove()]);
    }
  });

  it('has to have a commit', async () => {
    const empty = await createGitRepository();
    try {
      const platform = await open(empty.gitDirectory, empty);
      await expect(platform.branches.getDefault()).rejects.toMatchObject({ code: 'REPOSITORY_EMPTY' });
    } finally {
      await empty.remove();
    }
  });

  it('needs a repository and a work tree to be in', async () => {
    await expect(open(join(tmpdir(), 'nowhere-at-all'))).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
    const directory = tmpdir();
    await expect(open(fixture.home.gitDirectory, { directory })).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
    });
  });
});

it('says that git is missing, or what git said', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await expect(createPlainGitPlatform(fixture.options)).rejects.toMatchObject({ code: 'GIT_MISSING' });
    await expect(fixture.platform.issues.get(1)).rejects.toMatchObject({ code: 'GIT_MISSING' });
  } finally {
    process.env.PATH = path;
  }
  await expect(fixture.platform.branches.find('a..b')).rejects.toMatchObject({ code: 'GIT_FAILED' });
});
