import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../../src/ports/event-store.ts';
import {
  createGitBranchStore,
  type GitBranchStoreOptions,
} from '../../../src/stores/git-branch/git-branch-store.ts';
import { describeEventStore, type EventStoreHarness } from '../../contracts/event-store.ts';
import { plantEvent } from '../../support/git-log.ts';
import { createGitRepository } from '../../support/git-repository.ts';
import { createGitServer } from '../../support/git-server.ts';
import { createTickingClock } from '../../support/new-events.ts';

describeEventStore('git branch, local', {
  programs: 8,
  racers: 8,
  create: async () => {
    const repository = await createGitRepository({ bare: true });
    return createHarness({
      logDirectory: repository.gitDirectory,
      options: () => ({ gitDirectory: repository.gitDirectory }),
      remove: repository.remove,
    });
  },
});

describeEventStore('git branch, on a remote over HTTP', {
  programs: 3,
  racers: 4,
  create: async () => {
    const root = await mkdtemp(join(tmpdir(), 'tamma-remote-'));
    const there = await createGitRepository({ directory: join(root, 'team/app.git'), bare: true });
    const server = await createGitServer({ root, tokens: { secret: { login: 'bot', write: true } } });
    const clones = await Promise.all(
      ['one', 'two'].map((name) => createGitRepository({ directory: join(root, name), bare: true })),
    );
    let opened = 0;
    return createHarness({
      logDirectory: there.gitDirectory,
      // Handles take turns in two clones: some share an object database and the memory of the branch, some do not.
      options: () => ({
        gitDirectory: clones[opened++ % clones.length]?.gitDirectory ?? '',
        remote: { url: `${server.url}/team/app.git`, authorization: 'Bearer secret' },
      }),
      remove: async () => {
        await server.close();
        await rm(root, { recursive: true, force: true, maxRetries: 3 });
      },
    });
  },
});

describeEventStore('git branch, on a remote through the git command line', {
  programs: 1,
  racers: 2,
  create: async () => {
    const root = await mkdtemp(join(tmpdir(), 'tamma-remote-'));
    const there = await createGitRepository({ directory: join(root, 'there.git'), bare: true });
    await there.git(['config', 'uploadpack.allowFilter', 'true']);
    let opened = 0;
    return createHarness({
      logDirectory: there.gitDirectory,
      options: () => ({
        gitDirectory: join(root, `clone-${opened++ % 2}`),
        remote: { url: there.gitDirectory },
      }),
      remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
    });
  },
});

type Parts = {
  /** The repository that holds the branch. */
  logDirectory: string;
  options(): Pick<GitBranchStoreOptions, 'gitDirectory' | 'remote'>;
  remove(): Promise<void>;
};

function createHarness({ logDirectory, options, remove }: Parts): EventStoreHarness {
  const stores: EventStore[] = [];
  return {
    open() {
      const store = createGitBranchStore({ ...options(), clock: createTickingClock(), pollMs: 30 });
      stores.push(store);
      return store;
    },
    plant: (event) => plantEvent(logDirectory, event),
    async remove() {
      for (const store of stores) await store.close();
      await remove();
    },
  };
}
