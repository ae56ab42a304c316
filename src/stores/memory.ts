import { checkBatch, toPlace } from '../core/events/batch.ts';
import { GENESIS, type LogHead, linkEvents } from '../core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../core/events/event.ts';
import { readLine, toLine } from '../core/events/line.ts';
import { findConflict, matchesQuery } from '../core/events/query.ts';
import { createLogVerification, type VerifyReport } from '../core/events/verification.ts';
import type {
  AppendCondition,
  AppendResult,
  EventQuery,
  EventStore,
  ReadOptions,
} from '../ports/event-store.ts';

/**
 * The log as a list of lines: the model that every other store is compared with, and a log for dry runs and replays.
 * Stores on one array are handles on one log. Nothing in here waits, so each call is atomic.
 */
export function createMemoryStore(lines: string[] = []): EventStore {
  return {
    kind: 'memory',
    place: 'memory',
    head: () => start(() => getHead(lines)),
    async *read(query = { items: [] }, options = {}) {
      for await (const event of select(lines, query, options)) yield event;
    },
    append: (events, condition) => start(() => append(lines, events, condition)),
    verify: ({ anchor } = {}) => start(() => verify(lines, anchor)),
    close: () => Promise.resolve(),
  };
}

/** A throw becomes a rejection. */
function start<T>(act: () => T): Promise<T> {
  return Promise.resolve().then(act);
}

function getHead(lines: readonly string[]): LogHead {
  if (lines.length === 0) return GENESIS;
  const { position, hash } = readAt(lines, lines.length);
  return { position, hash };
}

function readAt(lines: readonly string[], position: number): LoggedEvent {
  return readLine(lines[position - 1] ?? '', `line ${position}`, { position });
}

function* select(lines: readonly string[], query: EventQuery, options: ReadOptions): Generator<LoggedEvent> {
  const until = Math.min(options.until ?? lines.length, lines.length);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (let position = (options.after ?? 0) + 1; position <= until && left > 0; position += 1) {
    const event = readAt(lines, position);
    if (!matchesQuery(event, query)) continue;
    left -= 1;
    yield event;
  }
}

function append(lines: string[], events: readonly NewEvent[], condition?: AppendCondition): AppendResult {
  checkBatch(events);
  const own = new Set<string>(events.map(({ id }) => id));
  const known = [...select(lines, { items: [] }, {})].filter(({ id }) => own.has(id));
  const rest = events.filter(({ id }) => !known.some((event) => event.id === id));
  if (rest.length === 0) return { status: 'appended', ...toPlace(known), tries: 0 };
  if (condition) {
    const newer = select(lines, condition.failIfEventsMatch, { after: condition.after });
    const position = findConflict(newer, condition, own);
    if (position !== undefined) return { status: 'conflict', position };
  }
  const linked = linkEvents(rest, getHead(lines));
  lines.push(...linked.map(toLine));
  return { status: 'appended', ...toPlace([...known, ...linked]), tries: 1 };
}

function verify(lines: readonly string[], anchor: LogHead | undefined): VerifyReport {
  const verification = createLogVerification({ place: 'memory', anchor });
  lines.forEach((line, index) => {
    verification.addLine(line, `line ${index + 1}`);
  });
  return verification.finish();
}
