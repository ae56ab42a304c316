import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readObjects } from '../../../src/lib/git-objects.ts';
import { createContentBranch } from '../../../src/stores/content/content-branch.ts';
import { createContentDirectory } from '../../../src/stores/content/content-directory.ts';
import { createContentRefs } from '../../../src/stores/content/content-refs.ts';
import { createContentStore } from '../../../src/stores/content/content-store.ts';
import { describeContentStore } from '../../contracts/content-store.ts';
import { createGitRepository } from '../../support/git-repository.ts';

const clock = { now: () => new Date('2026-11-20T10:00:00.000Z') };

/** The refs of one bare repository, reached as they stand or as a remote, by as many runners as handles are opened. */
async function createHome(isRemote: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'tamma-content-'));
  const { directory, gitDirectory } = await createGitRepository({
    directory: join(folder, 'log.git'),
    bare: true,
  });
  let runners = 0;
  const openRefs = (runner: string) =>
    createContentRefs({
      gitDirectory,
      place: 'refs',
      ...(isRemote ? { remote: { at: { url: directory }, gitDirectory: join(folder, runner, 'git') } } : {}),
    });
  const open = () => {
    runners += 1;
    const waiting = createContentDirectory(join(folder, `runner-${runners}`, 'waiting'));
    return createContentBranch({ waiting, refs: openRefs(`runner-${runners}`), place: 'refs', clock });
  };
  const refs = createContentRefs({ gitDirectory, place: 'refs' });
  const findAll = async () => {
    const days = await Promise.all((await refs.days()).map(({ day }) => refs.openDay(day)));
    return days.flatMap((day) => [...(day?.blobs ?? [])]);
  };
  return {
    gitDirectory,
    folder,
    open,
    refs,
    findAll,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

describeContentStore('refs of a remote', async () => {
  const { open, refs, findAll, remove } = await createHome(true);
  return {
    open,
    remove,
    async dump() {
      const blobs = await refs.read((await findAll()).map(([, id]) => id));
      return Buffer.concat([...blobs.values()]);
    },
    async damage(digest) {
      for (const { day } of await refs.days()) {
        const from = await refs.openDay(day);
        const id = from?.blobs.get(digest);
        if (id === undefined) continue;
        const bytes = Buffer.from((await refs.read([id])).get(id) ?? '');
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        await refs.change(day, { from, files: new Map([[digest, bytes]]), whole: true, now: clock.now() });
      }
    },
  };
});

it('keeps content on refs of this very repository where there is no remote', async () => {
  const { open, refs, remove } = await createHome(false);
  try {
    const toStore = () => createContentStore({ storage: open(), keys: () => [], clock });
    const store = toStore();
    const digests = await Promise.all(['one', 'two'].map((text) => store.put(text, 'log')));
    await store.close();
    expect(await toStore().get(digests[1] ?? '')).toBe('two');
    expect(await refs.days()).toMatchObject([{ day: '2026-11-20' }]);
    expect(await toStore().prune(new Date('2026-11-21T00:00:00.000Z'))).toBe(2);
    expect(await refs.days()).toEqual([]);
  } finally {
    await remove();
  }
});

it('delivers what a dead run left waiting, and what several runs bring at once', async () => {
  const { open, folder, gitDirectory, refs, findAll, remove } = await createHome(true);
  try {
    const toStore = (storage: ReturnType<typeof open>) =>
      createContentStore({ storage, keys: () => [], clock });
    const stores = [open(), open(), open(), open()].map(toStore);
    const digests = await Promise.all(stores.map((store, index) => store.put(`of run ${index}`, 'log')));
    const [dead, ...living] = stores;
    await Promise.all(living.map((store) => store.close()));
    expect((await findAll()).map(([digest]) => digest).sort()).toEqual(digests.slice(1).sort());
    expect(dead?.kind).toBe('branch'); // and is never closed
    const next = createContentBranch({
      waiting: createContentDirectory(join(folder, 'runner-1', 'waiting')),
      refs,
      place: 'refs',
      clock,
    });
    await next.close();
    expect((await findAll()).map(([digest]) => digest).sort()).toEqual([...digests].sort());
    const head = (await refs.openDay('2026-11-20'))?.commit ?? '';
    expect((await readObjects(gitDirectory, [head])).get(head)?.toString()).toContain('parent ');
  } finally {
    await remove();
  }
});
