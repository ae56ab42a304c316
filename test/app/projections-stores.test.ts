import { describe, expect, test } from 'vitest';
import { createProjections } from '../../src/app/projections.ts';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { toLine } from '../../src/core/events/line.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { createStoreOn } from '../../src/stores/git-branch/git-branch-store.ts';
import type { LogBackend } from '../../src/stores/git-branch/log-backend.ts';
import type { Database } from '../../src/stores/postgres/database.ts';
import { createLogHandle } from '../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../src/stores/postgres/postgres-store.ts';
import { createManyIssues, saveSnapshots } from '../support/many-issues.ts';
import { createMemoryBackend, createMemoryBranch, type MemoryBranch } from '../support/memory-backend.ts';
import { createEventMaker, createTickingClock } from '../support/new-events.ts';
import { createTestDatabase, hasPostgres } from '../support/postgres.ts';

const make = createEventMaker();

/** What a process that begins with nothing asks the branch for. */
function openFresh(branch: MemoryBranch) {
  const asked = { rounds: 0, objects: 0, bytes: 0 };
  const backend = createMemoryBackend(branch);
  const counting: LogBackend = {
    ...backend,
    async read(ids, options) {
      const found = await backend.read(ids, options);
      asked.rounds += 1;
      for (const { content } of found.values()) {
        asked.objects += 1;
        asked.bytes += content.length;
      }
      return found;
    },
  };
  const store = createStoreOn(counting, { clock: createTickingClock() });
  return { asked, store, projections: createProjections({ store, onLost: () => {} }) };
}

async function createBranch(issues: number): Promise<MemoryBranch> {
  const branch = createMemoryBranch();
  const events = createManyIssues(issues);
  await openFresh(branch).store.importLines?.(events.map((event) => ({ line: toLine(event), event })));
  await goOn(branch, events);
  return branch;
}

/** Snapshots, and three appends: the first takes them along. */
async function goOn(branch: MemoryBranch, events: readonly LoggedEvent[]): Promise<void> {
  const { store } = openFresh(branch);
  await saveSnapshots(store, events);
  for (let batch = 0; batch < 3; batch += 1) await store.append([make.skip('1')]);
}

async function askFresh(branch: MemoryBranch, what: 'issues' | 'activity') {
  const { asked, projections } = openFresh(branch);
  await projections[what]();
  return asked;
}

const sizeOf = async (store: EventStore) => JSON.stringify(await store.snapshots.load('issues')).length;

test('on git a question costs its snapshot and the batches since, in as many requests however long the log is', async () => {
  const [few, many] = await Promise.all([createBranch(150), createBranch(600)]);
  const costs = { few: await askFresh(few, 'issues'), many: await askFresh(many, 'issues') };
  expect(costs.many.rounds).toBe(costs.few.rounds);
  expect(costs.many.rounds).toBeLessThanOrEqual(10);
  expect(costs.many.objects - costs.few.objects).toBeLessThanOrEqual(2);
  const { store } = openFresh(many);
  expect(costs.many.bytes - (await sizeOf(store))).toBeLessThan(30_000);
  expect(await askFresh(many, 'activity')).toMatchObject({ rounds: costs.many.rounds - 1 });
});

describe.skipIf(!hasPostgres)('on PostgreSQL', () => {
  test('a question costs its snapshot and a row for each event since, however long the log is', async () => {
    const database = await createTestDatabase();
    try {
      const costs: number[] = [];
      for (const issues of [20, 400]) {
        const own = database.open();
        let rows = 0;
        const counting: Database = {
          ...own,
          async query(text, values) {
            const answer = await own.query(text, values);
            rows += answer.length;
            return answer;
          },
        };
        const log = createLogHandle(counting, `example.org/team/app-${issues}`);
        const store = createPostgresStore({ database: counting, log });
        const events = createManyIssues(issues);
        await store.importLines?.(events.map((event) => ({ line: toLine(event), event })));
        await saveSnapshots(store, events);
        for (let batch = 0; batch < 3; batch += 1) await store.append([make.skip('1')]);
        rows = 0;
        expect(await createProjections({ store, onLost: () => {} }).issues()).toHaveLength(issues);
        costs.push(rows);
        await store.close();
      }
      expect(costs[1]).toBe(costs[0]);
      expect(costs[1]).toBeLessThanOrEqual(10);
    } finally {
      await database.remove();
    }
  });
});
