import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { BranchMove, LogBackend } from '../../../src/stores/git-branch/log-backend.ts';
import { createSeenHead } from '../../../src/stores/git-branch/seen-head.ts';
import { createWireBackend, type WireBackendOptions } from '../../../src/stores/git-branch/wire-backend.ts';
import type { GitFault } from '../../support/git-server.ts';
import {
  createSampleCommit,
  createWireRepository,
  type SampleCommit,
  TOKEN,
  type WireRepository,
  type WireRepositoryOptions,
} from '../../support/wire-repository.ts';

const REF = 'refs/heads/tamma-events';
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

type Home = WireRepository & {
  backend: LogBackend;
  reopen(options?: Partial<WireBackendOptions>): LogBackend;
  /** Of the backends. */
  count(): number;
};

async function open(options: WireRepositoryOptions = {}): Promise<Home> {
  const repository = await createWireRepository(options);
  const ours = await mkdtemp(join(tmpdir(), 'tamma-seen-'));
  let requests = 0;
  endings.push(
    () => repository.close(),
    () => rm(ours, { recursive: true, force: true }),
  );
  const reopen = (more: Partial<WireBackendOptions> = {}) => {
    const backend = createWireBackend({
      branch: 'tamma-events',
      remote: { url: repository.url, authorization: TOKEN },
      seen: createSeenHead({ gitDirectory: ours, url: repository.url, branch: 'tamma-events' }),
      openGit: () => {
        throw new Error('git is not needed here');
      },
      observe: () => {
        requests += 1;
      },
      ...more,
    });
    endings.push(() => backend.close());
    return backend;
  };
  return { ...repository, backend: reopen(), reopen, count: () => requests };
}

function toMove(commit: SampleCommit, from: string | null, more: Partial<BranchMove> = {}): BranchMove {
  return {
    from,
    to: commit.id,
    objects: commit.objects,
    changes: new Map(),
    message: '',
    taken: [],
    ...more,
  };
}

const first = createSampleCommit({ a: '1\n' });
const second = createSampleCommit({ a: '2\n' }, { parent: first.id });
const third = createSampleCommit({ a: '3\n' }, { parent: second.id });

describe('the branch over http', () => {
  test('is opened in two requests, read in one, and moved in one', async () => {
    const home = await open();
    expect(await home.backend.sync(null)).toEqual({ commit: null, parked: [] });
    expect(await home.backend.findFormat()).toBe('sha1');
    expect(await home.backend.publish(toMove(first, null))).toEqual({ status: 'published' });
    expect(await home.backend.publish(toMove(second, first.id))).toEqual({ status: 'published' });

    const other = home.reopen();
    const before = home.count();
    expect(await other.sync(null)).toEqual({ commit: second.id, parked: [] });
    expect(home.count() - before).toBe(2);
    const blob = second.objects[0]?.id ?? '';
    const ids = [second.tree, blob, '1'.repeat(40)];
    const read = await other.read(ids);
    expect([...read.values()].map(({ type }) => type)).toEqual(['tree', 'blob']);
    const asked = home.count();
    await other.read([second.tree, second.id, blob]);
    expect(home.count()).toBe(asked);
    expect([...(await other.read([second.tree], { below: true })).keys()].sort()).toEqual(
      [second.tree, blob].sort(),
    );
    await other.publish(toMove(third, second.id));
    expect(home.count()).toBe(asked + 2);
  });

  test('brings what others wrote in two requests, and reads it from memory', async () => {
    const home = await open();
    await home.backend.publish(toMove(first, null));
    const other = home.reopen();
    await other.sync(null);
    await home.backend.publish(toMove(second, first.id));
    await home.backend.publish(toMove(third, second.id));
    const before = home.count();
    expect((await other.sync(first.id)).commit).toBe(third.id);
    const ids = [...second.objects, ...third.objects].map(({ id }) => id);
    expect((await other.read(ids)).size).toBe(ids.length);
    expect(home.count() - before).toBe(2);
  });

  test('tells a lost race, a lock and a refusal apart', async () => {
    const home = await open();
    await home.backend.publish(toMove(first, null));
    await home.backend.publish(toMove(second, first.id));
    const late = createSampleCommit({ a: 'late\n' }, { parent: first.id });
    expect(await home.backend.publish(toMove(late, first.id))).toMatchObject({ status: 'raced' });
    expect(await home.backend.publish(toMove(late, null))).toMatchObject({ status: 'raced' });
    await writeFile(join(home.gitDirectory, `${REF}.lock`), '');
    const locked = await home.backend.publish(toMove(third, second.id));
    expect(locked).toMatchObject({ status: 'locked', lock: expect.stringContaining('tamma-events.lock') });
    await rm(join(home.gitDirectory, `${REF}.lock`));
    await mkdir(join(home.gitDirectory, 'hooks'), { recursive: true });
    const hook = join(home.gitDirectory, 'hooks', 'pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "GH013: Repository rule violations found"\nexit 1\n');
    await chmod(hook, 0o755);
    await expect(home.backend.publish(toMove(third, second.id))).rejects.toMatchObject({
      code: 'LOG_REFUSED',
      message: expect.stringContaining('GH013'),
    });
  });

  test.each<[GitFault, object]>([
    ['cut-before', { status: 'unknown' }],
    ['cut-after', { status: 'unknown' }],
    [{ status: 502 }, { status: 'unknown' }],
    [{ status: 429, headers: { 'retry-after': '1' } }, { status: 'unknown' }],
  ])('says what it does not know: %j', async (fault, outcome) => {
    const home = await open({
      intercept: ({ service }) => (service === '/git-receive-pack' ? fault : undefined),
    });
    expect(await home.backend.publish(toMove(first, null))).toMatchObject(outcome);
    expect((await home.backend.sync(null)).commit).toBe(fault === 'cut-after' ? first.id : null);
  });

  test.each<[GitFault, object]>([
    [{ status: 404 }, { code: 'LOG_UNREACHABLE', details: { transient: false } }],
    [{ status: 403 }, { code: 'LOG_UNREACHABLE', help: expect.stringContaining('contents: write') }],
    [{ status: 401 }, { code: 'LOG_UNREACHABLE', help: expect.stringContaining('expired') }],
    [{ status: 503 }, { code: 'LOG_UNREACHABLE', details: { transient: true } }],
    [
      { status: 429, headers: { 'retry-after': '3' } },
      { retryAfterMs: 3000, details: { transient: true } },
    ],
    ['cut-before', { code: 'LOG_UNREACHABLE', details: { transient: true } }],
    [
      { status: 301, headers: { location: 'https://example.org/x' } },
      { help: expect.stringContaining('set-url') },
    ],
  ])('explains what keeps it from reading: %j', async (fault, expected) => {
    const home = await open({ intercept: () => fault });
    await expect(home.backend.sync(null)).rejects.toMatchObject(expected);
  });
});

describe('a branch that went back', () => {
  test('is noticed by this process and by the next, and a lagging replica is told from it', async () => {
    const home = await open();
    await home.backend.publish(toMove(first, null));
    await home.backend.publish(toMove(second, first.id));
    await home.backend.publish(toMove(third, second.id));
    await home.git('update-ref', REF, second.id);
    const lagging = { code: 'LOG_CORRUPT', details: { from: third.id, to: second.id, transient: true } };
    await expect(home.backend.sync(third.id)).rejects.toMatchObject(lagging);
    await expect(home.reopen().sync(null)).rejects.toMatchObject(lagging);
    const foreign = createSampleCommit({ a: 'other\n' }, { parent: first.id });
    await home.wire.push({
      updates: [{ ref: 'refs/heads/x', from: null, to: foreign.id }],
      objects: foreign.objects,
    });
    await home.git('update-ref', REF, foreign.id);
    const rewritten = { code: 'LOG_CORRUPT', details: { from: third.id, to: foreign.id, transient: false } };
    await expect(home.reopen().sync(null)).rejects.toMatchObject(rewritten);
    await home.git('update-ref', '-d', REF);
    await expect(home.backend.sync(third.id)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      details: { to: null },
    });
  });

  test('is not one that only went on', async () => {
    const home = await open();
    await home.backend.publish(toMove(first, null));
    const other = home.reopen();
    await other.sync(null);
    await home.wire.push({
      updates: [{ ref: REF, from: first.id, to: third.id }],
      objects: [...second.objects, ...third.objects],
    });
    expect((await home.reopen().sync(null)).commit).toBe(third.id);
  });
});

describe('parked batches', () => {
  const parked = createSampleCommit({ batch: 'x\n' });
  const ref = 'refs/tamma/inbox/one';

  test('are seen by all, taken along by whoever moves the branch, and end with that', async () => {
    const home = await open();
    await home.backend.publish(toMove(first, null));
    const batch = { ref, id: parked.id, objects: parked.objects };
    expect(await home.backend.park?.(batch)).toEqual({ status: 'published' });
    const other = home.reopen();
    const taken = [{ ref, id: parked.id }];
    expect(await other.sync(null)).toEqual({ commit: first.id, parked: taken });
    expect((await other.read([parked.id])).size).toBe(1);
    expect(await other.publish(toMove(second, first.id, { taken }))).toEqual({ status: 'published' });
    expect(await other.sync(second.id)).toEqual({ commit: second.id, parked: [] });
    expect(await other.publish(toMove(third, second.id, { taken }))).toMatchObject({ status: 'raced' });
    expect((await other.sync(second.id)).commit).toBe(second.id);
    await home.backend.unpark?.(taken);
  });

  test('are withdrawn each on its own', async () => {
    const home = await open();
    for (const name of ['a', 'b']) {
      await home.backend.park?.({ ref: `refs/tamma/inbox/${name}`, id: parked.id, objects: parked.objects });
    }
    const { parked: waiting } = await home.backend.sync(null);
    await home.backend.unpark?.([{ ref: 'refs/tamma/inbox/gone', id: parked.id }, ...waiting]);
    expect((await home.backend.sync(null)).parked).toEqual([]);
  });

  test('end one by one where a server cannot do it at once', async () => {
    const home = await open();
    await home.git('config', 'receive.advertiseAtomic', 'false');
    await home.backend.park?.({ ref, id: parked.id, objects: parked.objects });
    const taken = [{ ref, id: parked.id }];
    expect(await home.backend.publish(toMove(first, null, { taken }))).toEqual({ status: 'published' });
    expect(await home.backend.sync(first.id)).toEqual({ commit: first.id, parked: [] });
  });
});

test('a server that this client cannot use is left to git, which is said once', async () => {
  const home = await open({ filter: false });
  await home.backend.publish(toMove(first, null));
  const calls: string[] = [];
  const git = {
    ...home.backend,
    sync: () => {
      calls.push('sync');
      return Promise.resolve({ commit: first.id, parked: [] });
    },
    publish: () => {
      calls.push('publish');
      return Promise.resolve({ status: 'published' as const });
    },
    close: () => {},
  };
  const notes: string[] = [];
  const backend = home.reopen({ openGit: () => git, onFallback: (reason) => notes.push(reason) });
  expect((await backend.sync(null)).commit).toBe(first.id);
  await backend.sync(first.id);
  await backend.publish(toMove(second, first.id));
  expect(calls).toEqual(['sync', 'sync', 'publish']);
  expect(notes).toEqual([expect.stringMatching(/is used through git: the server does not filter/)]);
});
