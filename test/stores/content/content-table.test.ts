import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContentStore } from '../../../src/stores/content/content-store.ts';
import { createContentTable } from '../../../src/stores/content/content-table.ts';
import type { Database } from '../../../src/stores/postgres/database.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { describeContentStore } from '../../contracts/content-store.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

// One database for all: each log is one of many in it.
describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let database: TestDatabase;
  const opened: Database[] = [];
  let logs = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await database.remove();
  });

  function open(repository: string, page?: number) {
    const handle = database.open({ connections: 1 });
    opened.push(handle);
    return createContentTable({
      database: handle,
      log: createLogHandle(handle, repository),
      ...(page ? { page } : {}),
    });
  }

  describeContentStore('a table', () => {
    logs += 1;
    const repository = `example.org/team/app-${logs}`;
    return Promise.resolve({
      open: () => open(repository),
      async dump() {
        const { rows } = await database.query(
          "select string_agg(sealed, ''::bytea) as all from tamma_content join tamma_log using (log) where repository = $1",
          [repository],
        );
        return rows[0].all as Buffer;
      },
      async damage(digest) {
        await database.query(
          `update tamma_content set sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)
           where digest = $1 and log = (select log from tamma_log where repository = $2)`,
          [digest, repository],
        );
      },
      remove: () => Promise.resolve(),
    });
  });

  it('keeps the content of one repository from the others', async () => {
    const clock = { now: () => new Date('2026-11-20T10:00:00.000Z') };
    const toStore = (repository: string) =>
      createContentStore({ storage: open(repository), keys: () => [], clock });
    const [ours, theirs] = [toStore('ours'), toStore('theirs')];
    const digest = await ours.put('text', 'log');
    expect(await theirs.get(digest)).toBeUndefined();
    await theirs.put('text', 'log');
    expect(await ours.prune(new Date('2026-11-21T00:00:00.000Z'))).toBe(1);
    expect(await theirs.get(digest)).toBe('text');
  });

  it('lists more than fits into one answer, once each', async () => {
    const storage = open('many', 3);
    const clock = { now: () => new Date('2026-11-20T10:00:00.000Z') };
    const store = createContentStore({ storage, keys: () => [], clock });
    await Promise.all(Array.from({ length: 10 }, (_, index) => store.put(`text ${index}`, 'log')));
    const digests = new Set<string>();
    for await (const { digest } of store.list()) digests.add(digest);
    expect(digests.size).toBe(10);
  });
});
