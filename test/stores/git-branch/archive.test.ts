import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../../../src/lib/git.ts';
import type { EventStore, ReadOptions } from '../../../src/ports/event-store.ts';
import type { ArchiveFiles, LogArchive } from '../../../src/ports/log-archive.ts';
import { createArchiveDirectory } from '../../../src/stores/archive/archive-directory.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { createGitRepository, openGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';

const BRANCH = 'refs/heads/tamma-events';
const ofIssue = (issue: string) => ({ items: [{ tags: { issueId: issue } }] });

let folder: string;
let repository: TestRepository;
let clock: ReturnType<typeof createTickingClock>;
let stores: EventStore[];

function open(
  archive?: ArchiveFiles,
  gitDirectory = repository.gitDirectory,
): EventStore & { archive: LogArchive } {
  const store = createGitBranchStore({ gitDirectory, clock: { ...clock, now: () => clock.now() }, archive });
  stores.push(store);
  if (!store.archive) throw new Error('a log on a branch has an archive');
  return { ...store, archive: store.archive };
}

const files = () => createArchiveDirectory(join(folder, 'archive'));

/** A log with some appends in each of these months; issue 1 has events in all of them. */
async function writeMonths(months: readonly string[], appends = 3): Promise<void> {
  for (const month of months) {
    clock = createTickingClock(`${month}-10T08:00:00.000Z`);
    const make = createEventMaker(clock);
    const store = open();
    for (let index = 0; index < appends; index += 1)
      await store.append([make.skip('1'), make.skip(month.replace('-', '')), make.trigger(month)]);
  }
}

const listTree = (path: string) => repository.git(['ls-tree', '--name-only', `${BRANCH}:${path}`]);

describe('months of a log on a branch', () => {
  let template = '';

  beforeAll(async () => {
    template = await mkdtemp(join(tmpdir(), 'tamma-archive-'));
    folder = template;
    repository = await createGitRepository({ directory: join(folder, 'log.git'), bare: true });
    stores = [];
    await writeMonths(['2026-07', '2026-08', '2026-09']);
  });
  beforeEach(async () => {
    stores = [];
    folder = await mkdtemp(join(tmpdir(), 'tamma-archive-'));
    await cp(join(template, 'log.git'), join(folder, 'log.git'), { recursive: true });
    repository = openGitRepository(join(folder, 'log.git'), { bare: true });
    clock = createTickingClock('2026-09-20T08:00:00.000Z');
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await rm(folder, { recursive: true, force: true });
  });
  afterAll(() => rm(template, { recursive: true, force: true }));

  it('leave the tree in one ordinary commit, after their files were read back', async () => {
    const before = await repository.findRef(BRANCH);
    const store = open();
    expect(await store.archive.plan('2026-09')).toEqual([
      { month: '2026-07', first: 1, last: 9 },
      { month: '2026-08', first: 10, last: 18 },
    ]);
    const head = await store.head();
    const moved = await store.archive.move({ before: '2026-09', files: files() });
    expect(moved).toMatchObject([
      { month: '2026-07', first: 1, last: 9, name: '2026-07_1-9.ndjson.gz' },
      { month: '2026-08', first: 10, last: 18, name: '2026-08_10-18.ndjson.gz' },
    ]);
    expect((await readdir(join(folder, 'archive'))).sort()).toEqual(moved.map(({ name }) => name));
    expect(await repository.git(['rev-list', `${before}..${BRANCH}`])).toHaveLength(40);
    expect(await repository.git(['rev-parse', `${BRANCH}^`])).toBe(before);
    expect(await listTree('log')).toBe('2026-09');
    expect(await open().archive.parts()).toEqual(moved);
    expect(await open().head()).toEqual(head);
    expect(await store.archive.move({ before: '2026-09', files: files() })).toEqual([]);
  });

  it('are read as before, from the history of the branch or from the archive', async () => {
    const whole = open();
    const reads: ReadOptions[] = [
      {},
      { after: 4, until: 13 },
      { backwards: true, limit: 25 },
      { since: '2026-08-01T00:00:00.000Z', before: '2026-09-01T00:00:00.000Z' },
      { limit: 2, unchecked: true },
    ];
    const ask = async (store: EventStore) => [
      ...(await Promise.all(reads.map((options) => readAll(store, undefined, options)))),
      await readAll(store, ofIssue('1')),
      await readAll(store, ofIssue('202607')),
    ];
    const before = await ask(whole);
    await whole.archive.move({ before: '2026-09', files: files() });
    expect(await ask(open())).toEqual(before);

    const clone = await cloneNewest();
    expect((await ask(open(files(), clone))).slice(0, reads.length)).toEqual(before.slice(0, reads.length));
    const alone = open(undefined, clone);
    expect(await readAll(alone, undefined, { after: 18 })).toHaveLength(9);
    await expect(readAll(alone)).rejects.toMatchObject({
      code: 'LOG_ARCHIVED',
      details: { name: '2026-07_1-9.ndjson.gz', first: 1, last: 9 },
    });
  });

  it('count for conditions and for events that come twice', async () => {
    const [first] = await readAll(open(), undefined, { limit: 1 });
    await open().archive.move({ before: '2026-09', files: files() });
    const store = open();
    const make = createEventMaker(clock);
    const condition = { failIfEventsMatch: ofIssue('202607'), after: 0 };
    expect(await store.append([make.skip('5')], condition)).toEqual({ status: 'conflict', position: 2 });
    if (!first) throw new Error('there is a first event');
    const { v: _v, position: _p, prevHash: _h, hash: _hash, ...again } = first;
    expect(await store.append([again as Parameters<typeof store.append>[0][number]])).toMatchObject({
      status: 'appended',
      firstPosition: 1,
      tries: 0,
    });
  });

  it('are archived month after month, while the log goes on', async () => {
    const racing: ArchiveFiles = {
      ...files(),
      async write(name, content) {
        await open().append([createEventMaker(clock).trigger('meanwhile')]);
        return files().write(name, content);
      },
    };
    await open().archive.move({ before: '2026-08', files: racing });
    await writeMonths(['2026-10']);
    await open().archive.move({ before: '2026-12', files: racing });
    const store = open();
    expect((await store.archive.parts()).map(({ month, first, last }) => [month, first, last])).toEqual([
      ['2026-07', 1, 9],
      ['2026-08', 10, 18],
      ['2026-09', 19, 28],
    ]);
    expect((await readAll(store)).map(({ position }) => position)).toEqual(
      Array.from({ length: 39 }, (_, index) => index + 1),
    );
    expect(await listTree('log')).toBe('2026-10');
  });

  it('stay where they are when their file does not come back as it was written', async () => {
    const before = await repository.findRef(BRANCH);
    const forgetful: ArchiveFiles = {
      ...files(),
      async write(name, content) {
        const written = await files().write(name, content);
        await writeFile(join(folder, 'archive', name), 'something else');
        return written;
      },
    };
    await expect(open().archive.move({ before: '2026-09', files: forgetful })).rejects.toMatchObject({
      code: 'ARCHIVE_FAILED',
    });
    expect(await repository.findRef(BRANCH)).toBe(before);
  });

  it('pass verification across the seam, with the archive at hand and without', async () => {
    const anchors = [{ ...(await open().head()), source: 'noted before' }];
    await open().archive.move({ before: '2026-09', files: files() });
    await open().append([createEventMaker(clock).trigger('after')]);
    const clone = await cloneNewest();
    for (const store of [open(), open(files()), open(files(), clone)]) {
      expect(await store.verify({ anchors })).toMatchObject({
        ok: true,
        head: { position: 28 },
        problems: [],
      });
    }
  });

  it('fail verification where the archive at hand is not what was archived, and the log itself is whole', async () => {
    const [july, august] = await open().archive.move({ before: '2026-09', files: files() });
    await rm(join(folder, 'archive', july?.name ?? ''));
    await writeFile(join(folder, 'archive', august?.name ?? ''), 'something else');
    expect(await open().verify()).toMatchObject({ ok: true });
    expect(await open(files()).verify()).toMatchObject({
      ok: false,
      problems: [
        { kind: 'archive', position: 1, place: `archive/${july?.name}` },
        { kind: 'archive', position: 10, place: `archive/${august?.name}` },
      ],
    });
  });
});

/** A repository that has the newest commit and nothing older. */
async function cloneNewest(): Promise<string> {
  const directory = join(folder, 'clone.git');
  await git([
    'clone',
    '--quiet',
    '--bare',
    '--depth=1',
    '--branch=tamma-events',
    `file://${repository.directory}`,
    directory,
  ]);
  return directory;
}
