import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureRepository } from '../../../src/app/action/ensure-repository.ts';
import { gitText } from '../../../src/lib/git.ts';
import { createBranchPort } from '../../../src/platforms/git/branches.ts';
import { createRemoteRefs } from '../../../src/platforms/git/remote-refs.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createGitServer, type GitServer } from '../../support/git-server.ts';

describe('a job that has checked nothing out', () => {
  let folder: string;
  let home: TestRepository;
  let server: GitServer;
  let first: string;
  let own: string;
  const temporary = () => join(folder, 'temp');
  const environment = () => ({
    GITHUB_SERVER_URL: server.url,
    GITHUB_REPOSITORY: 'acme/shop',
    RUNNER_TEMP: temporary(),
  });
  const count = () => gitText(['rev-list', '--all', '--count'], { gitDirectory: own });

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'tamma-own-')));
    await mkdir(join(folder, 'workspace'));
    const directory = join(folder, 'served', 'acme', 'shop.git');
    await mkdir(directory, { recursive: true });
    home = await createGitRepository({ directory, bare: true, files: { 'a.txt': '0\n' } });
    first = (await home.findRef('refs/heads/main')) ?? '';
    for (let count = 0, parent = first; count < 55; count += 1) {
      parent = await home.git(['commit-tree', `${first}^{tree}`, '-p', parent, '-m', `${count}`]);
      if (count === 54) await home.git(['update-ref', 'refs/heads/main', parent]);
    }
    server = await createGitServer({ root: join(folder, 'served'), publicRead: true });
    own = await ensureRepository({ directory: join(folder, 'workspace'), environment: environment() });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  test('gets a bare repository beside the workspace, the same one every time, without credentials', async () => {
    expect(own).toBe(join(temporary(), 'tamma', 'repository.git'));
    expect(await ensureRepository({ directory: join(folder, 'workspace'), environment: environment() })).toBe(
      own,
    );
    expect(await gitText(['config', '--get', 'remote.origin.url'], { gitDirectory: own })).toBe(
      `${server.url}/acme/shop`,
    );
    expect(
      await gitText(['config', '--get-regexp', 'extraheader|credential'], {
        gitDirectory: own,
        allowExitCodes: [1],
      }),
    ).toBe('');
  });

  test('keeps to its checkout where there is one, and to the folder where no job is', async () => {
    const checkout = await createGitRepository();
    expect(await ensureRepository({ directory: checkout.directory, environment: environment() })).toBe(
      checkout.directory,
    );
    expect(await ensureRepository({ directory: folder, environment: {} })).toBe(folder);
    await checkout.remove();
  });

  test('fetches what is new, and what lies deeper when it is asked for', async () => {
    const remote = { url: `${server.url}/acme/shop.git`, options: { gitDirectory: own } };
    const refs = createRemoteRefs({ gitDirectory: own, remote });
    const { head } = await refs.findDefault();
    expect(head).toBe(await home.findRef('refs/heads/main'));
    expect(await count()).toBe('50');
    const branches = createBranchPort({ refs, gitDirectory: own });
    expect(await branches.bring(first)).toBe(true);
    expect(await gitText(['cat-file', 'blob', `${first}:a.txt`], { gitDirectory: own })).toBe('0');
    expect(await branches.bring('f'.repeat(40))).toBe(false);
  });
});
