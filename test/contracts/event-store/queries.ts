import { expect, it } from 'vitest';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import type {
  AppendResult,
  EventQuery,
  EventQueryItem,
  ReadOptions,
} from '../../../src/ports/event-store.ts';
import { createMemoryStore } from '../../../src/stores/memory.ts';
import { readAll } from '../../support/new-events.ts';
import { type EventStoreContract, everything, ofIssue, type Scene } from './harness.ts';

/** Reading by tags, types, positions and times, and conditions, which are the same queries. */
export function describeQueries(scene: () => Scene, { programs }: EventStoreContract): void {
  it('reads by type, by tags, by both, by either, from and to a position, and not more than asked for', async () => {
    const { store, make } = scene();
    await store.append([make.claim('1'), make.skip('1', 'x', { mode: 'dev' }), make.claim('2')]);
    await store.append([make.trigger('t', { mode: 'dev' })]);
    await store.append([make.skip('2'), make.skip('1')]);
    const read = async (query: EventQuery, options = {}) =>
      (await readAll(store, query, options)).map(({ position }) => position);
    const noTypes: string[] = [];
    const skipped = { types: ['WORKFLOW.STEP_SKIPPED'] };
    expect(await read(everything)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await read({ items: [skipped] })).toEqual([2, 5, 6]);
    expect(await read({ items: [{ types: ['TRIGGER.ACTIVATED', 'ISSUE.ASSIGNED.SUCCESS'] }] })).toEqual([
      1, 3, 4,
    ]);
    expect(await read(ofIssue('1'))).toEqual([1, 2, 6]);
    expect(await read({ items: [{ ...skipped, tags: { issueId: '1' } }] })).toEqual([2, 6]);
    expect(await read({ items: [{ tags: { issueId: '1', mode: 'dev' } }] })).toEqual([2]);
    expect(await read({ items: [{ tags: { mode: 'dev' } }, { tags: { issueId: '2' } }] })).toEqual([
      2, 3, 4, 5,
    ]);
    expect(await read({ items: [{ tags: { issueId: '1' } }, { tags: { issueId: '2' } }] })).toEqual([
      1, 2, 3, 5, 6,
    ]);
    expect(await read({ items: [{}] })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await read({ items: [{ types: noTypes }] })).toEqual([]);
    expect(await read(ofIssue('3'))).toEqual([]);
    expect(await read({ items: [{ tags: { constructor: 'x' } }] })).toEqual([]);
    expect(await read(everything, { after: 2, until: 4 })).toEqual([3, 4]);
    expect(await read(ofIssue('1'), { after: 1 })).toEqual([2, 6]);
    expect(await read(ofIssue('1'), { until: 2 })).toEqual([1, 2]);
    expect(await read(everything, { after: 1, limit: 3 })).toEqual([2, 3, 4]);
    expect(await read(ofIssue('1'), { limit: 1 })).toEqual([1]);
    expect(await read(everything, { limit: 0 })).toEqual([]);
    expect(await read(everything, { after: 99 })).toEqual([]);
  });

  it('reads by time, backwards, and in pages that leave nothing out and nothing twice', async () => {
    const { store, make } = scene();
    await store.append([make.claim('1'), make.skip('1'), make.claim('2')]);
    await store.append([{ ...make.skip('1'), timestamp: '2026-11-20T07:00:00.000Z' }]);
    await store.append([make.skip('2'), make.skip('1'), make.skip('1')]);
    const all = await readAll(store);
    const read = async (query: EventQuery, options: ReadOptions = {}) =>
      toPositions(await readAll(store, query, options));
    const at = (position: number) => all[position - 1]?.timestamp ?? '';
    expect(await read(everything, { since: at(3) })).toEqual([3, 5, 6, 7]);
    expect(await read(everything, { before: at(3) })).toEqual([1, 2, 4]);
    expect(await read(everything, { since: at(2), before: at(6) })).toEqual([2, 3, 5]);
    expect(await read(ofIssue('1'), { since: at(2), limit: 2 })).toEqual([2, 6]);
    expect(await read(ofIssue('1'), { since: '2027-01-01T00:00:00.000Z' })).toEqual([]);
    expect(await read(everything, { backwards: true })).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await read(ofIssue('1'), { backwards: true, limit: 2 })).toEqual([7, 6]);
    expect(await read(ofIssue('1'), { backwards: true, after: 1, until: 6, before: at(6) })).toEqual([4, 2]);
    expect(await readAll(store, everything, { unchecked: true })).toEqual(all);
    expect(await readAll(store, ofIssue('2'), { unchecked: true, asSeen: true })).toEqual([all[2], all[4]]);
    const forwards: number[] = [];
    for (let page = await read(ofIssue('1'), { limit: 2 }); page.length > 0; ) {
      forwards.push(...page);
      page = await read(ofIssue('1'), { limit: 2, after: page.at(-1) ?? 0 });
    }
    expect(forwards).toEqual([1, 2, 4, 6, 7]);
    const backwards: number[] = [];
    for (let page = await read(ofIssue('1'), { limit: 2, backwards: true }); page.length > 0; ) {
      backwards.push(...page);
      page = await read(ofIssue('1'), { limit: 2, backwards: true, until: (page.at(-1) ?? 0) - 1 });
    }
    expect(backwards).toEqual([7, 6, 4, 2, 1]);
  });

  it('holds conditions of types and tags in every combination as the memory store does', async () => {
    const { store, make } = scene();
    const model = createMemoryStore();
    const first = [make.claim('1'), make.skip('1', 'x', { mode: 'dev' }), make.trigger('t'), make.skip('2')];
    for (const log of [store, model]) await log.append(first);
    const items = combineItems();
    // A slow store takes every second or third.
    const stride = Math.max(1, Math.ceil(30 / programs / 3));
    for (let index = 0; index < items.length; index += stride) {
      const query = {
        items: [items[index], ...(index % 3 === 0 ? [items[(index * 7) % items.length]] : [])],
      };
      const condition = { failIfEventsMatch: query as EventQuery, after: (index * 5) % 4 };
      const events = [make.skip('9')];
      expect(toOutcome(await store.append(events, condition))).toEqual(
        toOutcome(await model.append(events, condition)),
      );
      expect(toPositions(await readAll(store, query as EventQuery))).toEqual(
        toPositions(await readAll(model, query as EventQuery)),
      );
    }
    expect(await store.head()).toEqual(await model.head());
  });
}

function toPositions(events: readonly LoggedEvent[]): number[] {
  return events.map(({ position }) => position);
}

function toOutcome(result: AppendResult) {
  return { ...result, tries: 0 };
}

function combineItems(): EventQueryItem[] {
  const types = [undefined, [], ['ISSUE.ASSIGNED.SUCCESS'], ['WORKFLOW.STEP_SKIPPED', 'TRIGGER.ACTIVATED']];
  const tags = [
    undefined,
    {},
    { issueId: '1' },
    { mode: 'dev' },
    { issueId: '1', mode: 'dev' },
    { issueId: '2', mode: 'dev' },
    { issueId: '404' },
  ];
  return types.flatMap((type) =>
    tags.map((tag) => ({ ...(type ? { types: type } : {}), ...(tag ? { tags: tag } : {}) })),
  );
}
