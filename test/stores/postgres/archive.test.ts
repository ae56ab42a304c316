import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore, ReadOptions } from '../../../src/ports/event-store.ts';
import type { ArchiveFiles } from '../../../src/ports/log-archive.ts';
import { createArchiveDirectory } from '../../../src/stores/archive/archive-directory.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { createEventMaker, createTickingClock, readAll } from '../../support/new-events.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

const ofIssue = (issue: string) => ({ items: [{ tags: { issueId: issue } }] });

describe.skipIf(!hasPostgres)('months of a log in PostgreSQL', () => {
  let database: TestDatabase;
  let folder: string;
  let repository: string;
  let logs = 0;
  const stores: EventStore[] = [];
  let last: ReturnType<typeof createEventMaker>;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.remove();
  });

  beforeEach(async () => {
    logs += 1;
    repository = `example.org/app-${logs}`;
    folder = await mkdtemp(join(tmpdir(), 'tamma-archive-'));
    for (const month of ['2026-07', '2026-08', '2026-09']) {
      last = createEventMaker(createTickingClock(`${month}-10T08:00:00.000Z`));
      const own = month.replace('-', '');
      for (let index = 0; index < 3; index += 1)
        await open().append([last.skip('1'), last.skip(own), last.trigger(month)]);
    }
    return () => rm(folder, { recursive: true, force: true });
  });

  function open(archive?: ArchiveFiles): EventStore {
    const own = database.open({ connections: 2 });
    const store = createPostgresStore({ database: own, log: createLogHandle(own, repository), archive });
    stores.push(store);
    return store;
  }
  const files = () => createArchiveDirectory(join(folder, 'archive'));
  const archive = (before: string) => open().archive?.move({ before, files: files() });

  it('leave the table with their texts only, and are read from the archive as they were', async () => {
    const reads: ReadOptions[] = [
      {},
      { after: 4, until: 13 },
      { backwards: true, limit: 25 },
      { since: '2026-08-01T00:00:00.000Z', before: '2026-09-01T00:00:00.000Z' },
    ];
    const ask = async (store: EventStore) => [
      ...(await Promise.all(reads.map((options) => readAll(store, undefined, options)))),
      await readAll(store, ofIssue('1')),
      await readAll(store, ofIssue('202607'), { backwards: true }),
    ];
    const before = await ask(open());
    expect(await open().archive?.plan('2026-09')).toEqual([
      { month: '2026-07', first: 1, last: 9 },
      { month: '2026-08', first: 10, last: 18 },
    ]);
    const moved = await archive('2026-09');
    expect(moved).toMatchObject([{ name: '2026-07_1-9.ndjson.gz' }, { name: '2026-08_10-18.ndjson.gz' }]);
    expect(await open().archive?.parts()).toEqual(moved);
    const { rows } = await database.query(
      'select count(*)::int as rows, count(body)::int as texts from tamma_event join tamma_log using (log) where repository = $1',
      [repository],
    );
    expect(rows).toEqual([{ rows: 27, texts: 9 }]);
    expect(await ask(open(files()))).toEqual(before);

    expect(await readAll(open(), undefined, { after: 18 })).toHaveLength(9);
    await expect(readAll(open())).rejects.toMatchObject({
      code: 'LOG_ARCHIVED',
      details: { name: '2026-07_1-9.ndjson.gz', first: 1, last: 9 },
    });
  });

  it('count for conditions and for events that come twice, and never hold the newest event', async () => {
    const [first] = await readAll(open(), undefined, { limit: 1 });
    expect(await archive('2027-01')).toMatchObject([{ last: 9 }, { last: 18 }, { first: 19, last: 26 }]);
    const store = open();
    const condition = { failIfEventsMatch: ofIssue('202607'), after: 0 };
    expect(await store.append([last.skip('5')], condition)).toEqual({ status: 'conflict', position: 2 });
    if (!first) throw new Error('there is a first event');
    const { v: _v, position: _p, prevHash: _h, hash: _hash, ...again } = first;
    expect(await store.append([again as Parameters<typeof store.append>[0][number]])).toMatchObject({
      firstPosition: 1,
      tries: 0,
    });
    expect(await store.append([last.skip('5')])).toMatchObject({ firstPosition: 28 });
    expect(await archive('2027-01')).toMatchObject([{ first: 27, last: 27 }]);
  });

  it('pass verification across the seam, with the archive at hand and without', async () => {
    const anchors = [{ ...(await open().head()), source: 'noted before' }];
    const [july] = (await archive('2026-09')) ?? [];
    await open().append([last.trigger('after')]);
    for (const store of [open(), open(files())])
      expect(await store.verify({ anchors })).toMatchObject({ ok: true, events: 28, problems: [] });

    await writeFile(join(folder, 'archive', july?.name ?? ''), 'something else');
    expect(await open(files()).verify()).toMatchObject({
      ok: false,
      problems: [{ kind: 'archive', position: 1, place: `archive/${july?.name}` }],
    });
  });

  it('lose no text that was not noted as archived, whoever asks for it', async () => {
    await archive('2026-08');
    const lose = (what: string, position: number) =>
      database.query(
        `update tamma_event set ${what} where position = $1 and log = (select log from tamma_log where repository = $2)`,
        [position, repository],
      );
    await expect(lose('body = null', 12)).rejects.toThrow('only ever added to');
    await expect(lose("body = null, type = 'X'", 3)).rejects.toThrow('only ever added to');
    await expect(lose("body = '{}'", 3)).rejects.toThrow('only ever added to');
    await expect(database.query('delete from tamma_archived')).rejects.toThrow('only ever added to');
    await expect(database.query('delete from tamma_event where position = 3')).rejects.toThrow(
      'only ever added',
    );
  });
});
