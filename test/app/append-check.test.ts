import { describe, expect, test } from 'vitest';
import { checkAppend, parseBatch } from '../../src/app/append-check.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createEventMaker } from '../support/new-events.ts';

const make = createEventMaker();
const ofIssue = { items: [{ tags: { issueId: '1' } }] };

describe('a batch to be checked', () => {
  const events = [make.skip('1'), make.cancel('1')];

  test('is read from lines, from a list, from one event, and with its condition', () => {
    expect(parseBatch(events.map((event) => JSON.stringify(event)).join('\n')).events).toEqual(events);
    expect(parseBatch(JSON.stringify(events, null, 2)).events).toEqual(events);
    expect(parseBatch(JSON.stringify(events[0])).events).toEqual([events[0]]);
    const condition = { failIfEventsMatch: ofIssue, after: 3 };
    expect(parseBatch(JSON.stringify({ events, condition }))).toEqual({ events, condition });
  });

  test.each<[string, string, RegExp]>([
    ['is no JSON', 'hello', /not JSON/],
    ['has a line that is none', `${JSON.stringify(events[0])}\nhello`, /line 2 is not JSON/],
    ['has no event', '[]', /1 to 100 events/],
    [
      'has a wrong id and a wrong time',
      JSON.stringify({ ...events[0], id: 'x', timestamp: 'now' }),
      /event 1, id: .*; event 1, timestamp:/,
    ],
    [
      'has data that fits no schema',
      JSON.stringify({ ...events[0], data: { run: 0 } }),
      /WORKFLOW\.STEP_SKIPPED cannot/,
    ],
    ['has a type nobody knows', JSON.stringify({ ...events[0], type: 'MOON.REACHED' }), /unknown type/],
    ['has one id twice', JSON.stringify([events[0], events[0]]), /twice in one batch/],
    [
      'has a condition that is none',
      JSON.stringify({ events, condition: { after: -1 } }),
      /condition\.failIfEventsMatch/,
    ],
  ])('that %s is refused with all that is wrong', (_what, text, message) => {
    expect(() => parseBatch(text)).toThrow(expect.objectContaining({ code: 'BATCH_INVALID', exitCode: 2 }));
    expect(() => parseBatch(text)).toThrow(message);
  });
});

describe('the check', () => {
  test('answers as the append would, and writes nothing', async () => {
    const store = createMemoryStore();
    await store.append([make.skip('1'), make.skip('2')]);
    const batch = [make.skip('1'), make.skip('1')];
    const check = (after?: number) =>
      checkAppend(store, {
        events: batch,
        ...(after === undefined ? {} : { condition: { failIfEventsMatch: ofIssue, after } }),
      });
    expect(await check()).toEqual({ status: 'would-append', events: 2, present: 0, head: 2 });
    expect(await check(1)).toMatchObject({ status: 'would-append' });
    expect(await check(0)).toEqual({
      status: 'conflict',
      position: 1,
      type: 'WORKFLOW.STEP_SKIPPED',
      head: 2,
    });
    expect((await store.head()).position).toBe(2);

    await store.append(batch.slice(0, 1));
    expect(await check(1)).toMatchObject({ status: 'would-append', present: 1 });
    await store.append(batch.slice(1));
    expect(await check(0)).toMatchObject({ status: 'would-append', present: 2 });
  });
});
