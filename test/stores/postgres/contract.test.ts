import { afterAll, beforeAll, describe } from 'vitest';
import { toBody } from '../../../src/core/events/chain.ts';
import type { LoggedEnvelope } from '../../../src/core/events/envelope.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { toTagRows } from '../../../src/stores/postgres/tags.ts';
import { describeEventStore } from '../../contracts/event-store.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

// One database for all: each log is one of many in it.
describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  let database: TestDatabase;
  let logs = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.remove());

  describeEventStore('postgres', {
    programs: 12,
    racers: 8,
    create: () => {
      logs += 1;
      const repository = `example.org/team/app-${logs}`;
      const stores: EventStore[] = [];
      return Promise.resolve({
        open() {
          const own = database.open();
          const store = createPostgresStore({ database: own, log: createLogHandle(own, repository) });
          stores.push(store);
          return store;
        },
        async plant(event) {
          await stores[0]?.snapshots.save({
            projection: 'x',
            version: '1',
            position: 0,
            hash: '',
            state: null,
          });
          const tags = toTagRows(event as LoggedEnvelope);
          await database.query(
            `select tamma_append((select log from tamma_log where repository = $1), $2, $3, $4, $5, $6, $7, null, '[]', null)`,
            [
              repository,
              [event.id],
              [event.type],
              [event.timestamp],
              [toBody(event)],
              tags.map(() => 1),
              tags,
            ],
          );
        },
        async remove() {
          await Promise.all(stores.map((store) => store.close()));
        },
      });
    },
  });
});
