import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GENESIS } from '../../src/core/events/chain.ts';
import type { Envelope } from '../../src/core/events/envelope.ts';
import { isKnown, type NewEvent } from '../../src/core/events/event.ts';
import type { AppendCondition, AppendResult, EventQuery, EventStore } from '../../src/ports/event-store.ts';
import { createEventMaker, readAll } from '../support/new-events.ts';
import { describeExactness } from './event-store/exactness.ts';
import { type EventStoreContract, type EventStoreHarness, ofIssue } from './event-store/harness.ts';
import { describePrograms } from './event-store/programs.ts';
import { describeQueries } from './event-store/queries.ts';
import { describeSubscription } from './event-store/subscription.ts';

export type { EventStoreContract, EventStoreHarness };

/** What every event store promises, whatever it is made of. */
export function describeEventStore(name: string, contract: EventStoreContract): void {
  const { create, racers } = contract;
  describe(`event store: ${name}`, () => {
    let harness: EventStoreHarness;
    let store: EventStore;
    let make: ReturnType<typeof createEventMaker>;

    beforeEach(async () => {
      harness = await create();
      store = harness.open();
      make = createEventMaker();
    });
    afterEach(() => harness.remove());

    it('begins empty, at position 0 with a hash of zeros', async () => {
      expect(await store.head()).toEqual(GENESIS);
      expect(await readAll(store)).toEqual([]);
      expect(await store.verify()).toEqual({ ok: true, events: 0, head: GENESIS, problems: [] });
    });

    it('gives positions 1, 2, 3 … in the order of appends, each event linked to the one before', async () => {
      const batches = [
        [make.claim('1'), make.skip('1')],
        [make.trigger('a')],
        [make.skip('2'), make.skip('1')],
      ];
      const results: AppendResult[] = [];
      for (const batch of batches) results.push(await store.append(batch));
      const events = await readAll(store);
      expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
      expect(events.map(({ id }) => id)).toEqual(batches.flat().map(({ id }) => id));
      expect(events.map(({ prevHash }) => prevHash)).toEqual(
        [GENESIS, ...events].slice(0, 5).map(({ hash }) => hash),
      );
      expect(results).toEqual([
        { status: 'appended', firstPosition: 1, lastPosition: 2, hash: events[1]?.hash, tries: 1 },
        { status: 'appended', firstPosition: 3, lastPosition: 3, hash: events[2]?.hash, tries: 1 },
        { status: 'appended', firstPosition: 4, lastPosition: 5, hash: events[4]?.hash, tries: 1 },
      ]);
      expect(await store.head()).toEqual({ position: 5, hash: events[4]?.hash });
      expect(await store.verify()).toEqual({ ok: true, events: 5, head: await store.head(), problems: [] });
    });

    it('gives back exactly what was appended', async () => {
      const event = make.skip('1', 'line\nfeed "quotes" \\ ü 漢 😀 \u0000 \u2028 ', { branch: 'a/b c' });
      await store.append([event]);
      expect(await readAll(store)).toEqual([expect.objectContaining(event)]);
    });

    it('shows an acknowledged append to every other handle', async () => {
      const other = harness.open();
      for (const issue of ['1', '2', '3']) {
        const event = make.skip(issue);
        await store.append([event]);
        expect((await readAll(other, ofIssue(issue))).map(({ id }) => id)).toEqual([event.id]);
        expect(await other.head()).toEqual(await store.head());
      }
    });

    it('refuses a batch as a whole where one event of it is wrong, and writes nothing', async () => {
      const wrong = {
        ...make.skip('1'),
        data: { stepId: 'NO_SUCH_STEP', run: 1, reason: '' },
      } as unknown as NewEvent;
      const twice = make.skip('1');
      const large = createEventMaker().claim(
        '1',
        Object.fromEntries(Array.from({ length: 400 }, (_none, index) => [`tag${index}`, 'x'.repeat(200)])),
      );
      const lone = make.skip('1', 'half of a pair: \ud800');
      for (const batch of [[make.skip('1'), wrong], [], many(101), [twice, twice], [large], [lone]]) {
        await expect(store.append(batch)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      }
      expect(await store.head()).toEqual(GENESIS);
    });

    it('takes a batch of a hundred', async () => {
      expect(await store.append(many(100))).toMatchObject({ firstPosition: 1, lastPosition: 100, tries: 1 });
      expect(await readAll(store)).toHaveLength(100);
    });

    it('fails an append exactly if an event that matches came after the position', async () => {
      await store.append([make.claim('1'), make.skip('1', 'x', { mode: 'dev' }), make.trigger('t')]);
      const attempt = async (items: EventQuery['items'], after: number) => {
        const result = await store.append([make.skip('9')], { failIfEventsMatch: { items }, after });
        return result.status === 'conflict' ? result.position : 'appended';
      };
      const claim = ['ISSUE.ASSIGNED.SUCCESS'];
      expect(await attempt([{ types: claim, tags: { issueId: '1' } }], 0)).toBe(1);
      expect(await attempt([{ types: claim, tags: { issueId: '1' } }], 1)).toBe('appended');
      expect(await attempt([{ types: claim, tags: { issueId: '2' } }], 0)).toBe('appended');
      expect(await attempt([{ tags: { issueId: '1' } }], 1)).toBe(2);
      expect(await attempt([{ tags: { issueId: '1', mode: 'dev' } }], 0)).toBe(2);
      expect(await attempt([{ tags: { issueId: '1', mode: 'business' } }], 0)).toBe('appended');
      expect(await attempt([{ types: ['TRIGGER.ACTIVATED'] }], 2)).toBe(3);
      expect(await attempt([{ types: ['TRIGGER.ACTIVATED'] }], 3)).toBe('appended');
      expect(await attempt([{ types: ['TRIGGER.ACTIVATED'], tags: { issueId: '1' } }], 0)).toBe('appended');
      expect(
        await attempt([{ types: claim, tags: { issueId: '2' } }, { types: ['TRIGGER.ACTIVATED'] }], 0),
      ).toBe(3);
      expect(await attempt([], 2)).toBe(3);
      const { position } = await store.head();
      expect(await attempt([], position)).toBe('appended');
      expect((await store.head()).position).toBe(position + 1);
    });

    it('keeps one copy of a batch that is appended again, also by another handle and against its own condition', async () => {
      const batch = [make.claim('1'), make.skip('1')];
      const condition: AppendCondition = { failIfEventsMatch: ofIssue('1'), after: 0 };
      const first = await store.append(batch, condition);
      await store.append([make.skip('1')]);
      expect(await store.append(batch, condition)).toEqual({ ...first, tries: 0 });
      expect(await harness.open().append(batch)).toEqual({ ...first, tries: 0 });
      const untagged = [make.trigger('a'), make.trigger('b')];
      await store.append(untagged);
      expect(await harness.open().append(untagged)).toMatchObject({
        firstPosition: 4,
        lastPosition: 5,
        tries: 0,
      });
      expect((await store.head()).position).toBe(5);
    });

    it('writes only what is missing of a batch that is there in part', async () => {
      const [first, second, third] = [make.claim('1'), make.skip('1'), make.skip('2')];
      await store.append([first]);
      await store.append([make.trigger('between')]);
      expect(await store.append([first, second, third])).toMatchObject({
        firstPosition: 1,
        lastPosition: 4,
        tries: 1,
      });
      expect((await readAll(store)).map(({ id }) => id).filter((id) => id === first.id)).toHaveLength(1);
      expect((await store.verify()).ok).toBe(true);
    });

    it('keeps events of a type or version it does not know as they are', async () => {
      await store.append([make.claim('1')]);
      const later = {
        ...make.skip('1'),
        type: 'MOON.REACHED.SUCCESS',
        data: { craters: [1, { deep: true }], note: null },
      };
      const newer = make.skip('1');
      await harness.plant(later as Envelope);
      await harness.plant({
        ...newer,
        metadata: { ...newer.metadata, schemaVersion: 2 },
        data: { other: 'shape' },
      } as Envelope);
      await store.append([make.skip('1')]);
      const events = await readAll(store, ofIssue('1'));
      expect(events.map(isKnown)).toEqual([true, false, false, true]);
      expect(events[1]).toMatchObject(later);
      expect(await readAll(store, { items: [{ types: ['MOON.REACHED.SUCCESS'] }] })).toHaveLength(1);
      expect(await store.verify()).toMatchObject({ ok: true, events: 4 });
    });

    it('finds out with an anchor that the log is another one, or shorter', async () => {
      await store.append([make.claim('1')]);
      const anchor = { ...(await store.head()), source: 'a pull request' };
      await store.append([make.skip('1')]);
      expect(await store.verify({ anchors: [anchor] })).toMatchObject({ ok: true });
      const other = { position: 1, hash: 'f'.repeat(64), source: 'elsewhere' };
      expect(await store.verify({ anchors: [anchor, other] })).toMatchObject({
        ok: false,
        problems: [{ kind: 'rewritten', position: 1 }],
      });
      expect(await store.verify({ anchors: [{ ...anchor, position: 3 }] })).toMatchObject({
        ok: false,
        problems: [{ kind: 'tail', position: 3 }],
      });
    });

    it('notes a clock that went back and does no harm by it', async () => {
      const late = make.skip('1');
      const early = createEventMaker().skip('1');
      await store.append([{ ...late, timestamp: '2027-01-01T00:00:00.000Z' }]);
      await store.append([early]);
      expect(await store.verify()).toMatchObject({
        ok: true,
        events: 2,
        problems: [{ kind: 'clock', position: 2 }],
      });
      expect((await readAll(store)).map(({ id }) => id)).toEqual([late.id, early.id]);
    });

    it(`lets exactly one of ${racers} racers take a claim, whoever looked at the same state`, async () => {
      const handles = Array.from({ length: racers }, () => harness.open());
      const events = handles.map(() => make.claim('1'));
      // The barrier: all have seen the empty log before the first one writes.
      const seen = await Promise.all(handles.map((handle) => handle.head()));
      const results = await Promise.all(
        handles.map((handle, index) =>
          handle.append(events.slice(index, index + 1), {
            failIfEventsMatch: { items: [{ types: ['ISSUE.ASSIGNED.SUCCESS'], tags: { issueId: '1' } }] },
            after: seen[index]?.position ?? 0,
          }),
        ),
      );
      expect(results.filter(({ status }) => status === 'appended')).toHaveLength(1);
      expect(results.filter((result) => result.status === 'conflict' && result.position === 1)).toHaveLength(
        racers - 1,
      );
      expect((await readAll(store)).map(({ id }) => id)).toEqual([
        events[results.findIndex(({ status }) => status === 'appended')]?.id,
      ]);
    });

    it(`lets ${racers} unrelated appends at once all succeed, without gap or conflict`, async () => {
      const results = await Promise.all(
        Array.from({ length: racers }, (_none, index) =>
          harness.open().append([make.claim(String(index)), make.skip(String(index))], {
            failIfEventsMatch: ofIssue(String(index)),
            after: 0,
          }),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual(results.map(() => 'appended'));
      const events = await readAll(store);
      expect(events.map(({ position }) => position)).toEqual(events.map((_event, index) => index + 1));
      expect(events).toHaveLength(2 * racers);
      expect(await store.verify()).toMatchObject({ ok: true, events: 2 * racers });
    });

    const handles = () => ({ harness, store, make });
    describeQueries(handles, contract);
    describeExactness(handles);
    describeSubscription(handles, contract);
    describePrograms(contract);

    function many(count: number): NewEvent[] {
      return Array.from({ length: count }, () => make.skip('1'));
    }
  });
}
