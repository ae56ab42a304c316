import { expect, it } from 'vitest';
import { linkEvents } from '../../../src/core/events/chain.ts';
import type { Envelope } from '../../../src/core/events/envelope.ts';
import { toLine } from '../../../src/core/events/line.ts';
import { createMemoryStore } from '../../../src/stores/memory.ts';
import { readAll } from '../../support/new-events.ts';
import { everything, type Scene } from './harness.ts';

/** What databases, drivers and JSON libraries like to change. */
const DIFFICULT = {
  numbers: [1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1, 333333333.3333333, 9007199254740991, -1.5, 0],
  texts: [
    '\u0000',
    'a\u0000b',
    '\u001f',
    '\u007f',
    '\u2028',
    '😀',
    'é',
    'e\u0301',
    '\\u0000',
    "'; --",
    '{NULL}',
    '$1',
    '',
  ],
  keys: {
    '\u0000': 1,
    '': 2,
    '😀': 3,
    '\ufb33': 4,
    a: 5,
    B: 6,
    '10': 7,
    '9': 8,
    id: 'x',
    position: 1,
    tags: {},
  },
  nothing: null,
  nested: [[[{ hash: 'x', prevHash: [] }]]],
};

/** Equal events are equal bytes in every store: what is exported from one is what another would export. */
export function describeExactness(scene: () => Scene): void {
  it('keeps every value of an event to the byte: numbers, control characters, keys in any order', async () => {
    const { harness, store, make } = scene();
    const odd = {
      ...make.skip('1', 'x', { odd: 'a\u0000b\\0c"d' }),
      type: 'MOON.REACHED.SUCCESS',
      data: DIFFICULT,
    };
    await harness.plant(odd as unknown as Envelope);
    const [planted] = linkEvents([odd as unknown as Envelope], { position: 0, hash: '0'.repeat(64) });
    const [read] = await readAll(store);
    expect(read && toLine(read)).toBe(planted && toLine(planted));
    expect(await readAll(store, { items: [{ tags: { odd: 'a\u0000b\\0c"d' } }] })).toHaveLength(1);
    expect(await readAll(store, { items: [{ tags: { odd: 'a' } }] })).toEqual([]);
    expect(await store.verify()).toMatchObject({ ok: true, events: 1 });
  });

  it('takes lines of another log over as they are, and only where they follow its own', async () => {
    const { harness, store, make } = scene();
    const other = createMemoryStore();
    await other.append([make.claim('1'), make.skip('1', 'a\u0000b')]);
    await other.append([make.trigger('t'), make.skip('2')]);
    const lines = (await readAll(other)).map((event) => ({ line: toLine(event), event }));
    if (!store.importLines) return;
    expect(await store.importLines(lines.slice(0, 3))).toMatchObject({ position: 3 });
    await expect(store.importLines(lines.slice(0, 2))).rejects.toMatchObject({ code: 'LOG_CONFLICT' });
    await expect(store.importLines(lines.slice(2))).rejects.toMatchObject({ code: 'LOG_CONFLICT' });
    expect(await store.importLines(lines.slice(3))).toEqual(await other.head());
    expect((await readAll(harness.open(), everything)).map(toLine)).toEqual(lines.map(({ line }) => line));
    expect(await readAll(store, { items: [{ tags: { issueId: '1' } }] })).toHaveLength(2);
    expect(await store.append([make.skip('1')])).toMatchObject({ firstPosition: 5, tries: 1 });
    expect(await store.verify()).toMatchObject({ ok: true, events: 5 });
  });

  it('keeps snapshots of folds beside the log until they are replaced or removed', async () => {
    const { harness, store, make } = scene();
    expect(await store.snapshots.load('issues')).toBeUndefined();
    await store.append([make.claim('1')]);
    const snapshot = {
      projection: 'issues',
      version: '1',
      ...(await store.head()),
      state: { open: ['1\u0000'] },
    };
    await store.snapshots.save(snapshot);
    await store.append([make.claim('2')]);
    expect(await harness.open().snapshots.load('issues')).toEqual(snapshot);
    expect(await harness.open().snapshots.load('queue')).toBeUndefined();
    await store.snapshots.save({ ...snapshot, version: '2', state: [] });
    await store.append([make.claim('3')]);
    expect(await harness.open().snapshots.load('issues')).toEqual({ ...snapshot, version: '2', state: [] });
    await store.snapshots.remove('issues');
    await store.append([make.claim('4')]);
    expect(await store.snapshots.load('issues')).toBeUndefined();
    expect(await store.verify()).toMatchObject({ ok: true, events: 4 });
  });
}
