import { expect, it } from 'vitest';
import { linkEvents } from '../../src/core/events/chain.ts';
import { toLine } from '../../src/core/events/line.ts';
import { createMemoryLog, createMemoryStore } from '../../src/stores/memory.ts';
import { describeEventStore } from '../contracts/event-store.ts';
import { createEventMaker, readAll } from '../support/new-events.ts';

describeEventStore('memory', {
  programs: 30,
  racers: 8,
  create: () => {
    const log = createMemoryLog();
    return Promise.resolve({
      open: () => createMemoryStore(log),
      async plant(event) {
        log.lines.push(...linkEvents([event], await createMemoryStore(log).head()).map(toLine));
        log.wake();
      },
      remove: () => Promise.resolve(),
    });
  },
});

it('stops at a damaged line, as every store does', async () => {
  const make = createEventMaker();
  const log = createMemoryLog();
  const { lines } = log;
  const store = createMemoryStore(log);
  await store.append([make.claim('1'), make.skip('1'), make.skip('1')]);
  lines[1] = `${lines[1]}`.replace('because', 'for no reason');
  await expect(readAll(store)).rejects.toMatchObject({
    code: 'LOG_CORRUPT',
    details: { position: 2, place: 'line 2' },
  });
  expect(await readAll(store, undefined, { after: 2 })).toHaveLength(1);
  expect(await store.verify()).toMatchObject({ ok: false, problems: [{ kind: 'edited', position: 2 }] });
  await store.close();
});
