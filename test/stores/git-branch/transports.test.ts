import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventStore } from '../../../src/ports/event-store.ts';
import type { Transport } from '../../../src/stores/git-branch/choose-backend.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';
import { createWireRepository, TOKEN, type WireRepositoryOptions } from '../../support/wire-repository.ts';

let fixture: GitHubFixture;
beforeAll(async () => {
  fixture = await createGitHubFixture();
});
afterAll(() => fixture.remove());

const make = createEventMaker();

function open(transport: Transport, branch: string): EventStore {
  const { options, platform, local } = fixture;
  const header = `Basic ${Buffer.from(`x-access-token:${options.token}`).toString('base64')}`;
  return createGitBranchStore({
    gitDirectory: local.gitDirectory,
    remote: { url: options.gitUrl, authorization: header },
    transport,
    api: platform.branchApi,
    branch,
    clock: createTickingClock(),
  });
}

describe('one log, reached in three ways', () => {
  test('is the same for each of them, appends in turn included', async () => {
    const stores = (['api', 'wire', 'git'] as const).map((transport) => open(transport, 'tamma-events'));
    const batches = Array.from({ length: 9 }, (_, index) => [
      make.skip(String((index % 4) + 1)),
      ...(index % 4 === 3 ? [make.cancel('4')] : []),
    ]);
    for (const [index, batch] of batches.entries()) {
      const result = await stores[index % 3]?.append(batch);
      expect(result).toMatchObject({ status: 'appended' });
    }
    const logs = await Promise.all(stores.map((store) => readAll(store)));
    expect(logs[0]?.map(({ id }) => id)).toEqual(batches.flat().map(({ id }) => id));
    expect(logs[1]).toEqual(logs[0]);
    expect(logs[2]).toEqual(logs[0]);
    const query = { items: [{ tags: { issueId: '4' } }] };
    const ofIssue = await Promise.all(stores.map((store) => readAll(store, query)));
    expect(ofIssue.map((events) => events.length)).toEqual([4, 4, 4]);
    for (const store of stores) expect((await store.verify()).problems).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('is claimed once, whichever way racers come', async () => {
    const condition = {
      failIfEventsMatch: { items: [{ types: ['ISSUE.ASSIGNED.SUCCESS'], tags: { issueId: '9' } }] },
      after: 0,
    };
    const stores = (['api', 'wire', 'git', 'api', 'wire'] as const).map((transport) =>
      open(transport, 'claims'),
    );
    const results = await Promise.all(stores.map((store) => store.append([make.claim('9')], condition)));
    expect(results.filter(({ status }) => status === 'appended')).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('is appended to in one request through the API', async () => {
    const store = open('api', 'warm');
    await store.append([make.skip('1')]);
    await store.append([make.skip('1')]);
    fixture.takeRequests();
    await store.append([make.skip('1')]);
    expect(fixture.takeRequests().filter((request) => request !== 'GraphQL repository')).toEqual([
      'GraphQL createCommitOnBranch',
    ]);
    await store.close();
  });
});

describe('a server that can do less', () => {
  test.each<[string, WireRepositoryOptions, boolean]>([
    ['cannot leave anything out is used through git', { filter: false }, true],
    [
      'knows only the old protocol is understood',
      {
        alter: (request) => {
          delete request.headers['git-protocol'];
        },
      },
      false,
    ],
  ])('and %s', async (_what, options, isTold) => {
    const home = await createWireRepository(options);
    const notes: string[] = [];
    const openThere = (name: string) =>
      createGitBranchStore({
        gitDirectory: `${home.gitDirectory}-${name}`,
        remote: { url: home.url, authorization: TOKEN },
        clock: createTickingClock(),
        onFallback: (reason) => notes.push(reason),
      });
    const first = openThere('first');
    await first.append([make.skip('1')]);
    await first.append([make.skip('2')]);
    await first.close();
    for (const name of ['first', 'second']) {
      const other = openThere(name);
      await other.append([make.skip('1')]);
      await other.close();
    }
    const reader = openThere('second');
    expect(await readAll(reader, { items: [{ tags: { issueId: '1' } }] })).toHaveLength(3);
    expect((await reader.verify()).problems).toEqual([]);
    await reader.close();
    expect(notes.length > 0).toBe(isTold);
    await home.close();
  });
});
