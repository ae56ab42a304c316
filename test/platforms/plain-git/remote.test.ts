import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPlainGitPlatform, type PlainGitOptions } from '../../../src/platforms/plain-git/plain-git.ts';
import { createGitRepository } from '../../support/git-repository.ts';
import type { GitFault, GitRequest } from '../../support/git-server.ts';
import { createPlainGitFixture, type PlainGitFixture } from '../../support/plain-git-platform.ts';

type Intercept = (request: GitRequest) => GitFault | undefined | Promise<GitFault | undefined>;

let fixture: PlainGitFixture;
let intercept: Intercept = () => undefined;
beforeAll(async () => {
  fixture = await createPlainGitFixture('http', { intercept: (request) => intercept(request) });
});
afterEach(() => {
  intercept = () => undefined;
});
afterAll(() => fixture.remove());

const isPush = ({ service }: GitRequest) => service === '/git-receive-pack';
const url = () => `${fixture.server?.url}/acme/shop.git`;
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const connect = (remote: NonNullable<PlainGitOptions['remote']>, more: Partial<PlainGitOptions> = {}) =>
  createPlainGitPlatform({ ...fixture.options, remote, ...more });
const connectAs = (token: string, to = url()) =>
  connect({ url: to, authorization: { url: to, header: basic(`x:${token}`) } });

describe('a remote over HTTP', () => {
  it('is named without credentials, which go as a header and into no file', async () => {
    const platform = await connect({ url: url().replace('http://', 'http://x:secret@') });
    expect(platform.repository).toBe(url());
    expect((await platform.branches.getDefault()).name).toBe('main');
    expect(await fixture.local.git(['config', '--list'])).not.toContain('secret');
  });

  it('is found by the name of a remote of the repository', async () => {
    await fixture.local.git(['remote', 'add', 'upstream', url()]);
    const platform = await connect({
      url: 'upstream',
      authorization: { url: url(), header: basic('x:secret') },
    });
    expect(platform.repository).toBe(url());
    expect((await platform.branches.getDefault()).name).toBe('main');
  });

  it('keeps the local branches and files as they are', async () => {
    const number = await fixture.openIssue({ title: 'Remote only' });
    await fixture.platform.issues.update(number, { addLabels: ['x'] });
    expect(await fixture.local.git(['for-each-ref', 'refs/heads'])).toBe('');
    expect(await fixture.local.git(['status', '--porcelain'])).toBe('');
  });

  it('says that a token is wrong, may only read, or that there is no such repository', async () => {
    await expect((await connectAs('wrong')).branches.getDefault()).rejects.toMatchObject({
      code: 'PLATFORM_AUTH',
      message: expect.stringContaining('the token was refused'),
    });
    await expect((await connect({ url: url() })).branches.getDefault()).rejects.toMatchObject({
      code: 'PLATFORM_AUTH',
      message: expect.stringContaining('it asks for a token'),
    });
    const reader = await connectAs('reader');
    const number = await fixture.openIssue({ title: 'Read only' });
    expect(await reader.issues.get(number)).toMatchObject({ title: 'Read only' });
    await expect(reader.issues.update(number, { addLabels: ['x'] })).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
    });
    const missing = await connectAs('secret', url().replace('shop', 'nothing'));
    await expect(missing.branches.getDefault()).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });

  it('says that it cannot be reached', async () => {
    intercept = () => ({ status: 503 });
    await expect(fixture.platform.branches.getDefault()).rejects.toMatchObject({
      code: 'PLATFORM_UNREACHABLE',
      retryable: true,
    });
    const nowhere = await connect({ url: 'http://127.0.0.1:1/acme/shop.git' });
    await expect(nowhere.branches.getDefault()).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' });
  });

  it('does not take the token along where it is sent elsewhere', async () => {
    const seen: string[] = [];
    const other = await createPlainGitFixture('http', {
      intercept: ({ login }) => void seen.push(String(login)),
    });
    try {
      intercept = () => ({
        status: 301,
        headers: { location: `${other.server?.url}/acme/shop.git/info/refs?service=git-upload-pack` },
      });
      await expect(fixture.platform.branches.getDefault()).rejects.toMatchObject({
        code: 'PLATFORM_UNREACHABLE',
      });
      expect(other.server?.requests.filter(({ login }) => login !== null)).toEqual(
        seen.map(() => expect.anything()),
      );
      expect(seen).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  it('finds out what became of a push whose answer was lost', async () => {
    const number = await fixture.openIssue({ title: 'Cut' });
    intercept = (request) => (isPush(request) ? 'cut-after' : undefined);
    const before = await fixture.home.git(['rev-parse', 'main']);
    expect((await fixture.platform.issues.update(number, { addLabels: ['x'] })).labels).toEqual(['x']);
    expect(await fixture.home.git(['rev-list', '--count', `${before}..main`])).toBe('1');
    const work = await fixture.commit(before, { a: 'a\n' });
    const write = () =>
      fixture.platform.branches.write({ name: `tamma/${number}-cut`, head: work, expected: null });
    intercept = (request) => (isPush(request) ? 'cut-before' : undefined);
    await expect(write()).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE', retryable: true });
    intercept = () => undefined;
    expect(await write()).toEqual({ status: 'written', already: false });
  });

  it('builds its change again on what somebody else pushed in between', async () => {
    const number = await fixture.openIssue({ title: 'Between', labels: ['one'] });
    const file = `.tamma/issues/${number}.md`;
    const text = await fixture.home.git(['show', `main:${file}`]);
    let pushes = 0;
    intercept = async (request) => {
      if (isPush(request) && pushes++ === 0)
        await fixture.pushDefault({ [file]: text.replace('- one', '- one\n  - two') });
      return undefined;
    };
    const issue = await fixture.platform.issues.update(number, { addLabels: ['three'] });
    expect(issue.labels).toEqual(['one', 'two', 'three']);
    expect(pushes).toBeGreaterThan(1);
  });

  it('gives up on a branch that never holds still', async () => {
    const number = await fixture.openIssue({ title: 'Restless' });
    let pushes = 0;
    intercept = async (request) => {
      if (isPush(request)) await fixture.pushDefault({ 'docs/restless.md': `${pushes++}\n` });
      return undefined;
    };
    const update = fixture.platform.issues.update(number, { addLabels: ['x'] });
    await expect(update).rejects.toMatchObject({ code: 'REF_MOVED', retryable: true });
  });

  it('passes on what a rule of the server refuses, and does not try again', async () => {
    const number = await fixture.openIssue({ title: 'Protected' });
    const hooks = join(fixture.home.gitDirectory, 'hooks');
    await mkdir(hooks, { recursive: true });
    await writeFile(join(hooks, 'pre-receive'), '#!/bin/sh\necho "main is protected" >&2\nexit 1\n');
    await chmod(join(hooks, 'pre-receive'), 0o755);
    const pushes = () => fixture.server?.requests.filter(isPush).length ?? 0;
    const before = pushes();
    const update = fixture.platform.issues.update(number, { addLabels: ['x'] });
    await expect(update).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
      message: expect.stringContaining('main is protected'),
    });
    expect(pushes() - before).toBe(1);
    await chmod(join(hooks, 'pre-receive'), 0o644);
  });

  it('gets the history that a shallow clone does not have before it merges', async () => {
    const number = await fixture.openIssue({ title: 'Shallow' });
    const { head: base } = await fixture.platform.branches.getDefault();
    const head = await fixture.commit(base, { 'src/shallow.js': 'x\n' });
    const branch = `tamma/${number}-shallow`;
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
    const clone = await createGitRepository({ bare: true });
    try {
      await clone.git([
        'fetch',
        '--quiet',
        '--depth=1',
        fixture.home.directory.replace(/^/, 'file://'),
        'main',
        branch,
      ]);
      const platform = await connect(fixture.options.remote ?? { url: '' }, {
        gitDirectory: clone.gitDirectory,
        checkout: null,
      });
      const merged = await platform.pulls.merge({
        number,
        method: 'squash',
        expectedHead: head,
        title: 'T',
        body: '',
      });
      expect(merged).toMatchObject({ status: 'merged', already: false });
    } finally {
      await clone.remove();
    }
  });

  it('writes to the default branch it was told', async () => {
    await fixture.home.commit(
      'Other line',
      { '.tamma/issues/1.md': '---\ntitle: Next\n---\n' },
      { branch: 'next' },
    );
    const platform = await connect(fixture.options.remote ?? { url: '' }, { defaultBranch: 'next' });
    expect(await platform.branches.getDefault()).toMatchObject({ name: 'next' });
    expect(await platform.issues.update(1, { addLabels: ['x'] })).toMatchObject({
      title: 'Next',
      labels: ['x'],
    });
    const nothing = await connect(fixture.options.remote ?? { url: '' }, { defaultBranch: 'nothing' });
    await expect(nothing.branches.getDefault()).rejects.toMatchObject({ code: 'REPOSITORY_EMPTY' });
  });
});

describe('a remote in a folder', () => {
  it('takes a whole change, also where its path is relative', async () => {
    const folder = await createPlainGitFixture('file');
    try {
      const number = await folder.openIssue({ title: 'Folder' });
      const { head: base } = await folder.platform.branches.getDefault();
      const head = await folder.commit(base, { 'src/x.js': 'x\n' });
      const branch = `tamma/${number}-x`;
      const relative = await createPlainGitPlatform({
        ...folder.options,
        remote: { url: '../home/acme/shop.git', environment: {} },
      });
      expect(relative.repository).toBe(folder.home.directory);
      expect(await relative.branches.write({ name: branch, head, expected: null })).toEqual({
        status: 'written',
        already: false,
      });
      await relative.pulls.ensure({
        issue: number,
        branch,
        base: 'main',
        head,
        title: 'T',
        body: '',
        draft: false,
        labels: [],
      });
      const merged = await relative.pulls.merge({
        number,
        method: 'squash',
        expectedHead: head,
        title: 'T',
        body: '',
      });
      expect(merged).toMatchObject({ status: 'merged', already: false });
      expect(await relative.branches.remove(branch, head)).toEqual({ status: 'written', already: false });
      expect(await folder.home.findRef(`refs/heads/${branch}`)).toBeUndefined();
    } finally {
      await folder.remove();
    }
  });

  it('is not pushed to while somebody has it checked out', async () => {
    const folder = await createPlainGitFixture('checkout');
    const local = await createGitRepository({ bare: true });
    try {
      const number = await folder.openIssue({ title: 'Checked out' });
      const remote = { url: folder.home.directory };
      const platform = await createPlainGitPlatform({
        ...folder.options,
        gitDirectory: local.gitDirectory,
        checkout: null,
        remote,
      });
      const update = platform.issues.update(number, { addLabels: ['x'] });
      await expect(update).rejects.toMatchObject({
        code: 'PLATFORM_REFUSED',
        message: expect.stringContaining('checked out'),
      });
    } finally {
      await Promise.all([folder.remove(), local.remove()]);
    }
  });
});
