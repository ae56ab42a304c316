import { describe, expect, test } from 'vitest';
import { appendInBatches } from '../../src/app/append-batches.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createEventMaker, readAll } from '../support/new-events.ts';

const make = createEventMaker();
const eventsOf = (count: number) => Array.from({ length: count }, (_, index) => make.skip('1', `${index}`));

describe('appending more events than one batch holds', () => {
  test.each([0, 1, 99, 100, 101, 250])('%i events are in the log, in order', async (count) => {
    const store = createMemoryStore();
    const events = eventsOf(count);
    expect(await appendInBatches(store, events)).toBe('appended');
    expect((await readAll(store)).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  test('the newest hundred are one batch', async () => {
    const sizes: number[] = [];
    const store = createMemoryStore();
    const append: typeof store.append = (events, condition) => {
      sizes.push(events.length);
      return store.append(events, condition);
    };
    await appendInBatches({ ...store, append }, eventsOf(230));
    expect(sizes).toEqual([30, 100, 100]);
  });

  test('may be repeated after it was cut off', async () => {
    const store = createMemoryStore();
    const events = eventsOf(130);
    await store.append(events.slice(0, 30));
    expect(await appendInBatches(store, events)).toBe('appended');
    expect(await readAll(store)).toHaveLength(130);
  });

  test('ends at a condition that does not hold', async () => {
    const store = createMemoryStore();
    await store.append([make.claim('1')]);
    const condition = { failIfEventsMatch: { items: [{ tags: { issueId: '1' } }] }, after: 0 };
    expect(await appendInBatches(store, eventsOf(130), condition)).toBe('conflict');
    expect(await readAll(store)).toHaveLength(1);
  });
});
