import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { git, gitText } from '../../../src/lib/git.ts';
import { createGitWire } from '../../../src/lib/git-wire/git-wire.ts';
import { chooseBackend, type Transport } from '../../../src/stores/git-branch/choose-backend.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { INBOX, parkBatch } from '../../../src/stores/git-branch/parked-batch.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';
import { createWireRepository, TOKEN } from '../../support/wire-repository.ts';

const make = createEventMaker();
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tamma-hostile-'));
  endings.push(() => rm(directory, { recursive: true, force: true }));
  await git(['init', '-q', '--template=', '--bare', directory]);
  return directory;
}

async function begin() {
  const repository = await createWireRepository();
  endings.push(() => repository.close());
  const open = async (transport: Transport) => {
    const gitDirectory = await makeDirectory();
    const store = createGitBranchStore({
      gitDirectory,
      transport,
      remote: { url: repository.url, authorization: TOKEN },
      clock: createTickingClock(),
      budgetMs: 4000,
    });
    endings.push(() => store.close());
    return store;
  };
  await (await open('wire')).append([make.claim('1')]);
  return { repository, open };
}

describe.each<Transport>(['wire', 'git'])('through %s, a ref that somebody parked', (transport) => {
  it('does not stop the log where the server lets nobody remove refs', async () => {
    const { repository, open } = await begin();
    const appendId = createTickingClock().newId();
    const left = [make.skip('9')];
    const parked = parkBatch(
      { appendId, events: left, condition: undefined },
      { identity: { name: 'T', email: 't@localhost' }, now: new Date(), format: 'sha1' },
    );
    await createGitWire({ url: repository.url, authorization: TOKEN }).push({
      updates: [{ ref: parked.ref, from: null, to: parked.id }],
      objects: parked.objects,
    });
    const hook = '#!/bin/sh\ncase "$1$3" in refs/tamma/*0000000000) exit 1;; esac\n';
    await mkdir(join(repository.gitDirectory, 'hooks'), { recursive: true });
    await writeFile(join(repository.gitDirectory, 'hooks', 'update'), hook, { mode: 0o755 });
    for (let times = 1; times <= 2; times += 1)
      expect(await (await open(transport)).append([make.skip('1')])).toMatchObject({ status: 'appended' });
    const events = await readAll(await open(transport));
    expect(events).toHaveLength(4);
    expect(events.filter(({ id }) => id === left[0]?.id)).toHaveLength(1);
  });

  it('brings no history along', async () => {
    const { repository, open } = await begin();
    const tree = (await repository.git('mktree')).trim();
    let commit = '';
    for (let number = 0; number < 20; number += 1)
      commit = (
        await repository.git(
          ...['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', tree, '-m', `${number}`],
          ...(commit ? ['-p', commit] : []),
        )
      ).trim();
    await repository.git('update-ref', `${INBOX}${createTickingClock().newId()}`, commit);
    const store = await open(transport);
    expect(await store.append([make.skip('1')])).toMatchObject({ status: 'appended' });
    const gitDirectory = await makeDirectory();
    const remote = { url: repository.url, authorization: TOKEN };
    const backend = chooseBackend({ gitDirectory, branch: 'tamma-events', remote, transport });
    endings.push(() => backend.close());
    await backend.sync(null);
    const read = await backend.read([commit], { below: true });
    expect([...read.values()].map(({ type }) => type).sort()).toEqual(['commit', 'tree']);
    for (const name of await readdir(join(gitDirectory, 'tamma'))) {
      if (!name.endsWith('-parts.git')) continue;
      const path = join(gitDirectory, 'tamma', name);
      const all = await gitText(['cat-file', '--batch-all-objects', '--batch-check'], { gitDirectory: path });
      expect(all.split('\n').filter((line) => line.includes(' commit ')).length).toBeLessThan(5);
    }
  });
});
