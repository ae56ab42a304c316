import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/core/events/envelope.ts';
import type { NewEvent } from '../../../src/core/events/event.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { parseDatabaseUrl } from '../../../src/stores/postgres/connection-options.ts';
import { type Database, openDatabase, type Query } from '../../../src/stores/postgres/database.ts';
import { migrate, readSchemaStatus } from '../../../src/stores/postgres/migrate.ts';
import { NEWEST } from '../../../src/stores/postgres/migrations.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { createEventMaker, readAll } from '../../support/new-events.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

describe.skipIf(!hasPostgres)('tables of the log in PostgreSQL', () => {
  let database: TestDatabase;
  let opened: EventStore[];
  const make = createEventMaker();

  beforeEach(async () => {
    database = await createTestDatabase();
    opened = [];
    return async () => {
      await Promise.all(opened.map((store) => store.close()));
      await database.remove();
    };
  });

  function open(repository = 'example.org/app', url = database.url): EventStore {
    const own = openDatabase({ address: parseDatabaseUrl(url) });
    const store = createPostgresStore({
      database: own,
      log: createLogHandle(own, repository),
      budgetMs: 2000,
    });
    opened.push(store);
    return store;
  }

  const as = (user: string, password = '') => database.url.replace('postgres@', `${user}:${password}@`);

  it('are made by several first writers at once, and each log is there once', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, (_none, index) => open(`example.org/${index % 2}`).append([make.skip('1')])),
    );
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'appended'));
    expect((await readAll(open('example.org/0'))).map(({ position }) => position)).toEqual([1, 2]);
    expect(await open('example.org/2').head()).toMatchObject({ position: 0 });
    const { rows } = await database.query('select count(*)::int as logs from tamma_log');
    expect(rows).toEqual([{ logs: 2 }]);
  });

  it('go up and down by their versions, and never down where events would be lost', async () => {
    const own = database.open();
    try {
      expect(await readSchemaStatus(own.query, own.place)).toEqual({
        version: 0,
        newest: NEWEST,
        applied: [],
      });
      for (const version of [1, 2, NEWEST, 1, 0, NEWEST])
        expect(await migrate(own, version)).toMatchObject({ version });
      const left = async () =>
        (await database.query("select count(*)::int as n from pg_class where relname like 'tamma%'")).rows[0]
          .n;
      expect(await migrate(own, 0)).toMatchObject({ version: 0 });
      expect(await left()).toBe(0);
      await open().append([make.claim('1')]);
      await expect(migrate(own, 0)).rejects.toMatchObject({
        code: 'LOG_REFUSED',
        message: expect.stringContaining('holds events'),
      });
      expect(await readSchemaStatus(own.query, own.place)).toMatchObject({ version: NEWEST });
    } finally {
      await own.close();
    }
  });

  it('are left alone by a Tamma that is older or newer than they are, with what to do', async () => {
    await open().append([make.claim('1')]);
    await database.query("insert into tamma_schema (version, name) values (99, 'later')");
    await expect(open().append([make.claim('2')])).rejects.toMatchObject({
      code: 'LOG_REFUSED',
      message: expect.stringContaining('of version 99'),
    });
    await database.query('delete from tamma_schema where version > 1');
    await expect(open().head()).rejects.toMatchObject({
      code: 'LOG_REFUSED',
      help: expect.stringContaining('tamma events migrate up'),
    });
  });

  it('need PostgreSQL 12 and a database that holds every text', async () => {
    const says =
      (version: number, encoding: string): Query =>
      () =>
        Promise.resolve([[version, encoding, null]]);
    await expect(readSchemaStatus(says(110_022, 'UTF8'), 'db')).rejects.toMatchObject({
      code: 'LOG_REFUSED',
      message: 'The server (db) is PostgreSQL 11: too old for the log.',
    });
    expect(await readSchemaStatus(says(120_000, 'UTF8'), 'db')).toMatchObject({ version: 0 });
    const other = await createTestDatabase("encoding 'SQL_ASCII' template template0");
    try {
      await expect(open('example.org/app', other.url).append([make.claim('1')])).rejects.toMatchObject({
        code: 'LOG_REFUSED',
        message: expect.stringContaining('SQL_ASCII'),
      });
    } finally {
      for (const store of opened) await store.close();
      await other.remove();
    }
  });

  it('let a writer add and a reader read, and nobody change anything, with the rights that the manual gives', async () => {
    const manual = readFileSync(new URL('../../../docs/postgres.md', import.meta.url), 'utf8');
    const [roles = '', rights = ''] = [...manual.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql]) => sql);
    const own = roles.replaceAll(/tamma_(owner|writer|reader)/g, `$&_${process.pid}`);
    await database.query(own);
    let owner: Database | undefined;
    try {
      owner = openDatabase({ address: parseDatabaseUrl(as(`tamma_owner_${process.pid}`)) });
      await migrate(owner, NEWEST);
      await owner.query(rights.replaceAll(/tamma_(owner|writer|reader)/g, `$&_${process.pid}`));
      const writer = open('example.org/app', as(`tamma_writer_${process.pid}`));
      await writer.append([make.claim('1'), make.skip('1')]);
      await writer.snapshots.save({ projection: 'x', version: '1', position: 1, hash: '', state: {} });
      expect(await writer.verify()).toMatchObject({ ok: true, events: 2 });
      const reader = open('example.org/app', as(`tamma_reader_${process.pid}`));
      expect(await readAll(reader, { items: [{ tags: { issueId: '1' } }] })).toHaveLength(2);
      await expect(reader.append([make.skip('1')])).rejects.toMatchObject({
        code: 'LOG_REFUSED',
        message: expect.stringContaining('may not'),
      });
      for (const statement of [
        'update tamma_event set type = type',
        'delete from tamma_event',
        'delete from tamma_event_tag',
        'update tamma_head set position = 0',
        'truncate tamma_event',
        "insert into tamma_log (repository, repository_id) values ('x', 'x')",
        'delete from tamma_signature',
      ]) {
        const one = openDatabase({ address: parseDatabaseUrl(as(`tamma_writer_${process.pid}`)) });
        await expect(one.query(statement), statement).rejects.toMatchObject({ code: 'LOG_REFUSED' });
        await one.close();
      }
      for (const statement of [
        'update tamma_event set type = type',
        'delete from tamma_event',
        'truncate tamma_event',
      ])
        await expect(database.query(statement), statement).rejects.toThrow('only ever added to');
    } finally {
      await Promise.all([...opened, ...(owner ? [owner] : [])].map((one) => one.close()));
      const names = ['owner', 'writer', 'reader'].map((name) => `tamma_${name}_${process.pid}`).join(', ');
      await database.query(`drop owned by ${names}; drop role ${names}`);
    }
  });

  it('show events to people who ask in SQL, whatever is in them', async () => {
    const store = open();
    const odd = { ...make.skip('1', 'a\u0000b \\u0000 \\'), tags: { issueId: '7' } } as NewEvent & Envelope;
    await store.append([odd]);
    const { rows } = await database.query(
      "select position::int, type, data->>'reason' as reason from tamma_events where tags->>'issueId' = '7'",
    );
    expect(rows).toEqual([{ position: 1, type: 'WORKFLOW.STEP_SKIPPED', reason: 'a\ufffdb \\u0000 \\' }]);
  });
});
