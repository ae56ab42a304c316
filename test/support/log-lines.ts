import { importLog } from '../../src/app/import-log.ts';
import { GENESIS, linkEvents } from '../../src/core/events/chain.ts';
import { toLine } from '../../src/core/events/line.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { exportEvents } from '../../src/report/export.ts';
import { createEventMaker, createTickingClock } from './new-events.ts';

/**
 * Lines of a log with what a careless copy would change: two months of four issues in turns, keys in an order of their
 * own, text beyond ASCII, an event without an issue, and one of a Tamma to come.
 */
export function createLogLines(start = '2026-10-31T23:58:00.000Z'): string[] {
  const clocks = [createTickingClock(start), createTickingClock()];
  const made = clocks.flatMap((clock, month) => {
    const make = createEventMaker(clock);
    return Array.from({ length: 240 }, (_none, at) =>
      at === 7
        ? make.trigger('t')
        : make.skip(String(Math.floor(at / 3) % 4), `${month} ${at} "ü" 😀`, { a10: '1', a9: '2' }),
    );
  });
  const last = made.at(-1) as (typeof made)[number];
  const later = {
    ...last,
    type: 'MOON.REACHED',
    data: { '10': 1, '9': [0.1, 1e21, null] },
  } as unknown as typeof last;
  return linkEvents([...made.slice(0, -1), later], GENESIS).map(toLine);
}

/** The log as `tamma events export` writes it. */
export async function exportText(store: EventStore): Promise<string> {
  let text = '';
  for await (const piece of exportEvents(store.read(), 'ndjson')) text += piece;
  return text;
}

async function* bytesOf(content: string) {
  yield await Promise.resolve(Buffer.from(content));
}

/** As `tamma events import` does it. */
export function importText(store: EventStore, content: string) {
  return importLog(store, { name: 'log.ndjson', open: () => bytesOf(content) });
}
