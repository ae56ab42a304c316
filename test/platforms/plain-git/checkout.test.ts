import { spawn } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeBlob } from '../../../src/lib/git-objects.ts';
import { createPlainGitPlatform } from '../../../src/platforms/plain-git/plain-git.ts';
import { createPlainGitFixture, type PlainGitFixture } from '../../support/plain-git-platform.ts';

let fixture: PlainGitFixture;
let number: number;
const path = (file: string) => join(fixture.home.directory, file);
const read = (file: string) => readFile(path(file), 'utf8');
const status = () => fixture.home.git(['status', '--porcelain']);
const head = async () => (await fixture.platform.branches.getDefault()).head;

/** A pull request that changes, adds and removes a file. */
async function preparePull() {
  const base = await head();
  const commit = await fixture.commit(base, {
    'README.md': '# Shop\n\nOpen daily.\n',
    'src/new.js': 'new\n',
    'src/cart.js': null,
  });
  const branch = `tamma/${number}-change`;
  await fixture.platform.branches.write({ name: branch, head: commit, expected: null });
  const draft = {
    issue: number,
    branch,
    base: 'main',
    head: commit,
    title: 'T',
    body: '',
    draft: false,
    labels: [],
  };
  await fixture.platform.pulls.ensure(draft);
  const merge = () =>
    fixture.platform.pulls.merge({
      number,
      method: 'squash',
      expectedHead: commit,
      title: 'Change',
      body: '',
    });
  return { branch, commit, merge };
}

beforeEach(async () => {
  fixture = await createPlainGitFixture('checkout');
  number = await fixture.openIssue({ title: 'A change' });
});
afterEach(() => fixture.remove());

describe('the checkout of the person at this machine', () => {
  it('follows the default branch with index and files', async () => {
    const { merge } = await preparePull();
    expect(await merge()).toMatchObject({ status: 'merged' });
    expect(await status()).toBe('');
    expect(await read('README.md')).toBe('# Shop\n\nOpen daily.\n');
    expect(await read('src/new.js')).toBe('new\n');
    await expect(lstat(path('src/cart.js'))).rejects.toThrow('ENOENT');
  });

  it('keeps unrelated changes, staged, unstaged and untracked', async () => {
    const { merge } = await preparePull();
    await fixture.home.commit('More', { 'a.txt': 'a\n', 'b.txt': 'b\n' });
    await writeFile(path('a.txt'), 'mine\n');
    await writeFile(path('b.txt'), 'staged\n');
    await fixture.home.git(['add', 'b.txt']);
    await writeFile(path('scratch.txt'), 'mine too\n');
    expect(await merge()).toMatchObject({ status: 'merged' });
    expect(await status()).toBe('M a.txt\nM  b.txt\n?? scratch.txt');
    expect(await read('a.txt')).toBe('mine\n');
  });

  it.each([
    ['edited', 'README.md', () => writeFile(path('README.md'), 'mine\n')],
    [
      'staged',
      'README.md',
      async () => {
        await writeFile(path('README.md'), 'mine\n');
        await fixture.home.git(['add', 'README.md']);
      },
    ],
    ['untracked', 'src/new.js', () => writeFile(path('src/new.js'), 'mine\n')],
    ['edited and about to be deleted', 'src/cart.js', () => writeFile(path('src/cart.js'), 'mine\n')],
  ])(
    'is not overwritten where a file in the way is %s, and nothing is written then',
    async (_, file, spoil) => {
      const { merge } = await preparePull();
      await spoil();
      const before = { head: await head(), status: await status() };
      await expect(merge()).rejects.toMatchObject({
        code: 'CHECKOUT_DIRTY',
        message: expect.stringContaining(file),
        details: { files: [file] },
      });
      expect({ head: await head(), status: await status() }).toEqual(before);
      expect(await read(file)).toBe('mine\n');
    },
  );

  it('names every file in the way', async () => {
    const { merge } = await preparePull();
    await writeFile(path('README.md'), 'mine\n');
    await writeFile(path('src/new.js'), 'mine\n');
    await expect(merge()).rejects.toMatchObject({ details: { files: ['README.md', 'src/new.js'] } });
  });

  it('is no hindrance where a file was only touched or is missing', async () => {
    const { merge } = await preparePull();
    await utimes(path('README.md'), new Date(0), new Date(0));
    await rm(path('src/cart.js'));
    expect(await merge()).toMatchObject({ status: 'merged' });
    expect(await status()).toBe('');
  });

  it('waits for nobody who left a lock behind, and says which', async () => {
    const { merge } = await preparePull();
    await writeFile(path('.git/index.lock'), '');
    await expect(merge()).rejects.toMatchObject({
      code: 'CHECKOUT_LOCKED',
      message: expect.stringContaining('.git/index.lock'),
    });
    await rm(path('.git/index.lock'));
    expect(await merge()).toMatchObject({ status: 'merged', already: false });
  });

  it('stays as it is while it stands on another branch', async () => {
    const { merge } = await preparePull();
    await fixture.home.git(['checkout', '--quiet', '-b', 'mine']);
    expect(await merge()).toMatchObject({ status: 'merged' });
    expect(await status()).toBe('');
    expect(await read('README.md')).toBe('# Shop\n');
  });

  it('follows in a linked work tree too', async () => {
    const { merge } = await preparePull();
    await fixture.home.git(['checkout', '--quiet', '--detach']);
    await fixture.home.git(['worktree', 'add', '--quiet', '../linked', 'main']);
    expect(await merge()).toMatchObject({ status: 'merged' });
    expect(await read('README.md')).toBe('# Shop\n');
    expect(await read('../linked/README.md')).toBe('# Shop\n\nOpen daily.\n');
    expect(
      await fixture.home.git(['status', '--porcelain'], {
        gitDirectory: path('.git/worktrees/linked'),
        cwd: path('../linked'),
      }),
    ).toBe('');
  });

  it('follows a branch of ours that somebody looks at, and keeps its files when the branch goes', async () => {
    const { branch, commit } = await preparePull();
    await fixture.home.git(['checkout', '--quiet', branch]);
    const next = await fixture.commit(commit, { 'src/new.js': 'newer\n' });
    await fixture.platform.branches.write({ name: branch, head: next, expected: commit });
    expect(await read('src/new.js')).toBe('newer\n');
    expect(await fixture.platform.branches.remove(branch, next)).toMatchObject({ status: 'written' });
    expect(await status()).toBe('');
    expect(await fixture.home.git(['rev-parse', 'HEAD'])).toBe(next);
    expect(await read('src/new.js')).toBe('newer\n');
  });

  it('runs no hook, no filter and no merge driver of the repository', async () => {
    const { home } = fixture;
    const { merge } = await preparePull();
    await home.commit('A person', { 'README.md': '# Our shop\n' });
    const trap = `echo ran >> ${path('../trap')}; cat`;
    await mkdir(path('.git/hooks'), { recursive: true });
    for (const hook of [
      'post-checkout',
      'post-merge',
      'pre-commit',
      'reference-transaction',
      'post-index-change',
    ]) {
      await writeFile(path(`.git/hooks/${hook}`), `#!/bin/sh\n${trap}\n`);
      await chmod(path(`.git/hooks/${hook}`), 0o755);
    }
    for (const name of ['smudge', 'clean', 'process'])
      await home.git(['config', `filter.trap.${name}`, trap]);
    await home.git(['config', 'filter.trap.required', 'true']);
    await home.git(['config', 'merge.trap.driver', trap]);
    await mkdir(path('.git/info'), { recursive: true });
    await writeFile(path('.git/info/attributes'), '*.md filter=trap merge=trap\n');
    await rm(path('../trap'), { force: true });
    expect(await merge()).toEqual({ status: 'conflict', files: ['README.md'] });
    await utimes(path(`.tamma/issues/${number}.md`), new Date(0), new Date(0));
    await fixture.platform.issues.update(number, { addLabels: ['x'] });
    expect(await read(`.tamma/issues/${number}.md`)).toContain('labels: [x]');
    await expect(lstat(path('../trap'))).rejects.toThrow('ENOENT');
  });
});

describe('a run that is killed between the branch and the checkout', () => {
  /** The state such a kill leaves: the branch has moved, the record is there, its process is gone. */
  async function cutOff(more: { pid?: number; host?: string } = {}) {
    const { merge } = await preparePull();
    const from = await head();
    await fixture.home.git(['checkout', '--quiet', '--detach']);
    expect(await merge()).toMatchObject({ status: 'merged' });
    const to = await head();
    await fixture.home.git(['symbolic-ref', 'HEAD', 'refs/heads/main']);
    const { hostname } = await import('node:os');
    const record = {
      directory: fixture.home.directory,
      gitDirectory: path('.git'),
      ref: 'refs/heads/main',
      from,
      to,
      host: hostname(),
      pid: await findDeadPid(),
      ...more,
    };
    const blob = await writeBlob(path('.git'), JSON.stringify(record));
    await fixture.home.git(['update-ref', 'refs/tamma/checkout-sync', blob]);
    return { from, to };
  }
  const reopen = () => createPlainGitPlatform(fixture.options);
  const pending = () => fixture.home.findRef('refs/tamma/checkout-sync');

  it('is finished by the next one', async () => {
    await cutOff();
    expect(await status()).not.toBe('');
    await reopen();
    expect(await status()).toBe('');
    expect(await read('README.md')).toBe('# Shop\n\nOpen daily.\n');
    expect(await pending()).toBeUndefined();
  });

  it('is finished also where some files are new and one is half written', async () => {
    await cutOff();
    await writeFile(path('README.md'), '# Shop\n\nOp');
    await writeFile(path('src/new.js'), 'new\n');
    await rm(path('src/cart.js'));
    await reopen();
    expect(await status()).toBe('');
    expect(await read('README.md')).toBe('# Shop\n\nOpen daily.\n');
  });

  it('is finished where everything but the record was done', async () => {
    const { to } = await cutOff();
    await fixture.home.git(['reset', '--quiet', '--hard', to]);
    await reopen();
    expect(await status()).toBe('');
    expect(await pending()).toBeUndefined();
  });

  it('is left alone where the branch has moved on or the person has gone elsewhere', async () => {
    await cutOff();
    await fixture.home.git(['symbolic-ref', 'HEAD', 'refs/heads/elsewhere']);
    await reopen();
    expect(await pending()).toBeUndefined();
    expect(await read('README.md')).toBe('# Shop\n');
  });

  it('stops at changes made since, and goes on when they are out of the way', async () => {
    await cutOff();
    await writeFile(path('README.md'), 'mine\n');
    const stopped = reopen();
    await expect(stopped).rejects.toMatchObject({
      code: 'CHECKOUT_DIRTY',
      details: { files: ['README.md'] },
      help: expect.stringContaining('reset --hard'),
    });
    await expect(stopped).rejects.toThrow(/before the checkout could follow/);
    expect(await read('README.md')).toBe('mine\n');
    await fixture.home.git(['checkout', '--quiet', 'HEAD', '--', 'README.md']);
    await reopen();
    expect(await status()).toBe('');
    expect(await pending()).toBeUndefined();
  });

  it('removes nothing outside of the checkout, whatever links stand there', async () => {
    await cutOff();
    await mkdir(path('../outside'));
    await writeFile(path('../outside/new.js'), 'ne');
    await rm(path('src'), { recursive: true });
    await symlink(path('../outside'), path('src'));
    await reopen().catch((error: unknown) => expect(error).toMatchObject({ code: 'CHECKOUT_DIRTY' }));
    expect(await read('../outside/new.js')).toBe('ne');
  });

  it('is really killed: the process dies with the branch moved, and the next run heals', async () => {
    const { commit } = await preparePull();
    const fake = path('../bin');
    await mkdir(fake);
    const script =
      '#!/bin/sh\ncase "$*" in "read-tree -m -u "[0-9a-f]*) kill -9 $PPID; exit 9;; esac\nexec /usr/bin/git "$@"\n';
    await writeFile(join(fake, 'git'), script);
    await chmod(join(fake, 'git'), 0o755);
    const module = new URL('../../../src/platforms/plain-git/plain-git.ts', import.meta.url).href;
    const code = `
      const { createPlainGitPlatform } = await import(${JSON.stringify(module)});
      const options = ${JSON.stringify(fixture.options)};
      const platform = await createPlainGitPlatform({ ...options, clock: { now: () => new Date(), newId: () => '' } });
      await platform.pulls.merge({ number: ${number}, method: 'squash', expectedHead: '${commit}', title: 'T', body: '' });`;
    const signal = await new Promise((resolve) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
        env: { PATH: `${fake}:${process.env.PATH}` },
        stdio: 'ignore',
      });
      child.on('close', (_, name) => resolve(name));
    });
    expect(signal).toBe('SIGKILL');
    expect(await read('README.md')).toBe('# Shop\n');
    const platform = await reopen();
    expect(await status()).toBe('');
    expect(await read('README.md')).toBe('# Shop\n\nOpen daily.\n');
    const again = await platform.pulls.merge({
      number,
      method: 'squash',
      expectedHead: commit,
      title: 'T',
      body: '',
    });
    expect(again).toMatchObject({ status: 'merged', already: true });
  });
});

/** The id of a process that has ended. */
function findDeadPid(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('true');
    child.on('close', () => resolve(child.pid ?? 0));
  });
}
