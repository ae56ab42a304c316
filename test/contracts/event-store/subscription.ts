import { expect, it } from 'vitest';
import type { EventQuery, EventStore } from '../../../src/ports/event-store.ts';
import { type EventStoreContract, everything, ofIssue, type Scene } from './harness.ts';

/** Whoever follows a log sees all of it in its order, however many write. */
export function describeSubscription(scene: () => Scene, { racers }: EventStoreContract): void {
  it('tells a subscriber of every event that matches, those there are and those to come', async () => {
    const { harness, store, make } = scene();
    await store.append([make.claim('1'), make.claim('2'), make.skip('1')]);
    const ofOne = follow(harness.open(), { query: ofIssue('1'), after: 1, count: 3 });
    const all = follow(harness.open(), { after: 0, count: 7 });
    await harness.open().append([make.skip('2'), make.skip('1')]);
    await store.append([make.skip('2')]);
    await store.append([make.skip('1')]);
    expect(await ofOne).toEqual([3, 5, 7]);
    expect(await all).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('ends a subscription when it is told to, before, between and while waiting', async () => {
    const { harness, store, make } = scene();
    await store.append([make.claim('1'), make.claim('2')]);
    const stopped = AbortSignal.abort();
    for await (const _event of store.subscribe({ after: 0, signal: stopped }))
      throw new Error('it was stopped');
    const waiting = new AbortController();
    const reached: number[] = [];
    for await (const { position } of harness.open().subscribe({ after: 0, signal: waiting.signal })) {
      reached.push(position);
      if (position === 2) setImmediate(() => waiting.abort());
    }
    expect(reached).toEqual([1, 2]);
  });

  it(`shows ${racers} writers at once to a subscriber without a gap, whole batches in a row`, async () => {
    const { harness, make } = scene();
    const all = follow(harness.open(), { after: 0, count: 2 * racers });
    await Promise.all(
      Array.from({ length: racers }, (_none, index) =>
        harness.open().append([make.claim(String(index)), make.skip(String(index))]),
      ),
    );
    expect(await all).toEqual(Array.from({ length: 2 * racers }, (_none, index) => index + 1));
  });
}

type Following = { query?: EventQuery; after: number; count: number };

async function follow(store: EventStore, { query = everything, after, count }: Following): Promise<number[]> {
  const enough = new AbortController();
  const positions: number[] = [];
  for await (const { position } of store.subscribe({ query, after, signal: enough.signal })) {
    positions.push(position);
    if (positions.length === count) enough.abort();
  }
  return positions;
}
