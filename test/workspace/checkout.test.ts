import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inspectCheckout } from '../../src/workspace/checkout.ts';
import { createGitRepository, type TestRepositoryOptions } from '../support/git-repository.ts';

async function arrange(options: TestRepositoryOptions = {}) {
  const repository = await createGitRepository({
    files: { 'a.txt': 'one\n', 'dir/b.txt': 'two\n' },
    ...options,
  });
  onTestFinished(() => repository.remove());
  const home = mkdtempSync(join(tmpdir(), 'tamma-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const environment = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  return { repository, home, environment, at: (path: string) => join(repository.directory, path) };
}

describe('looking at the user’s checkout', () => {
  it('tells branch, remotes, and that it is clean', async () => {
    const { repository, environment } = await arrange();
    await repository.git(['remote', 'add', 'origin', 'https://example.org/x.git']);
    const { listChanges, ...checkout } = await inspectCheckout(
      join(repository.directory, 'dir'),
      environment,
    );
    expect(await listChanges()).toEqual({ dirty: [], untracked: [] });
    expect(checkout).toEqual({
      directory: repository.directory,
      bare: false,
      branch: 'main',
      identity: { name: 'Test', email: 'test@example.org' },
      remotes: [{ name: 'origin', url: 'https://example.org/x.git' }],
    });
  });

  it('tells changed and staged files from files git does not know', async () => {
    const { repository, environment, at } = await arrange();
    writeFileSync(at('a.txt'), 'changed\n');
    writeFileSync(at('staged ü.txt'), 'x');
    await repository.git(['add', 'staged ü.txt']);
    writeFileSync(at('new.txt'), 'x');
    rmSync(at('dir/b.txt'));
    const checkout = await inspectCheckout(repository.directory, environment);
    const { dirty, untracked } = await checkout.listChanges();
    expect([...dirty].sort()).toEqual(['a.txt', 'dir/b.txt', 'staged ü.txt']);
    expect(untracked).toEqual(['new.txt']);
  });

  it('finds the identity where git finds it: repository, then the user’s own configuration', async () => {
    const { repository, home, environment } = await arrange();
    await repository.git(['config', '--unset', 'user.name']);
    await repository.git(['config', '--unset', 'user.email']);
    expect((await inspectCheckout(repository.directory, environment)).identity).toBeUndefined();
    writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Global\n\temail = global@example.org\n');
    const global = { name: 'Global', email: 'global@example.org' };
    expect((await inspectCheckout(repository.directory, environment)).identity).toEqual(global);
  });

  it('knows a bare repository, a detached head and a branch without commits', async () => {
    const { repository: bare, environment } = await arrange({ bare: true });
    const found = await inspectCheckout(bare.directory, environment);
    expect(found).toMatchObject({ bare: true, directory: bare.directory, branch: 'main' });
    expect(await found.listChanges()).toEqual({ dirty: [], untracked: [] });
    const { repository } = await arrange();
    await repository.git(['checkout', '--quiet', '--detach']);
    expect((await inspectCheckout(repository.directory, environment)).branch).toBeUndefined();
    const empty = await createGitRepository();
    onTestFinished(() => empty.remove());
    expect(await inspectCheckout(empty.directory, environment)).toMatchObject({ branch: 'main' });
  });

  it('runs no program that the repository names, and writes nothing', async () => {
    const { repository, home, environment, at } = await arrange();
    const marker = join(home, 'ran');
    for (const name of ['core.fsmonitor', 'filter.x.clean', 'filter.x.process', 'core.pager']) {
      await repository.git(['config', name, `touch ${marker}`]);
    }
    writeFileSync(at('.gitattributes'), '* filter=x\n');
    writeFileSync(at('a.txt'), 'changed\n');
    const index = await repository.git(['ls-files', '--stage', '--debug']);
    const checkout = await inspectCheckout(repository.directory, environment);
    expect((await checkout.listChanges()).dirty).toEqual(['a.txt']);
    expect(existsSync(marker)).toBe(false);
    expect(await repository.git(['ls-files', '--stage', '--debug'])).toBe(index);
  });

  it('says NOT_A_REPOSITORY where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tamma-none-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await expect(inspectCheckout(folder)).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });
});
