import { TammaError } from '../core/errors.ts';
import { checkBatch, toPlace } from '../core/events/batch.ts';
import { GENESIS, type LogHead, linkEvents } from '../core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../core/events/event.ts';
import { readLine, toLine } from '../core/events/line.ts';
import { findConflict, isWithinTime, matchesQuery } from '../core/events/query.ts';
import { readLineUnchecked } from '../core/events/unchecked-line.ts';
import { createLogVerification, type VerifyReport } from '../core/events/verification.ts';
import type {
  AppendCondition,
  AppendResult,
  EventQuery,
  EventStore,
  ImportedLine,
  ReadOptions,
  Snapshot,
  SnapshotStore,
  SubscribeOptions,
  VerifyOptions,
} from '../ports/event-store.ts';

/** What handles on one log share. `lines` may be changed from outside; `wake` then tells those who wait for more. */
export type MemoryLog = {
  lines: string[];
  snapshots: Map<string, Snapshot>;
  waiting: Set<() => void>;
  wake(): void;
};

export function createMemoryLog(lines: string[] = []): MemoryLog {
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const tell of waiting) tell();
  };
  return { lines, snapshots: new Map(), waiting, wake };
}

/**
 * The log as a list of lines: the model that every other store is compared with, and a log for dry runs and replays.
 * Stores on one log are handles on it. Nothing in here waits but `subscribe`, so each call is atomic.
 */
export function createMemoryStore(log: MemoryLog = createMemoryLog()): EventStore {
  const { lines } = log;
  const add = (added: readonly string[]) => {
    for (const line of added) lines.push(line);
    log.wake();
  };
  return {
    kind: 'memory',
    place: 'memory',
    head: () => start(() => getHead(lines)),
    async *read(query = { items: [] }, options = {}) {
      for await (const event of select(lines, query, options)) yield event;
    },
    append: (events, condition) => start(() => append({ lines, add }, events, condition)),
    importLines: (imported) => start(() => importLines({ lines, add }, imported)),
    subscribe: (options) => subscribe(log, options),
    verify: (options = {}) => start(() => verify(lines, options)),
    snapshots: createSnapshots(log.snapshots),
    close: () => Promise.resolve(),
  };
}

type Log = { lines: readonly string[]; add(lines: readonly string[]): void };

/** A throw becomes a rejection. */
function start<T>(act: () => T): Promise<T> {
  return Promise.resolve().then(act);
}

function getHead(lines: readonly string[]): LogHead {
  if (lines.length === 0) return GENESIS;
  const { position, hash } = readAt(lines, lines.length);
  return { position, hash };
}

function readAt(lines: readonly string[], position: number, unchecked = false): LoggedEvent {
  const line = lines[position - 1] ?? '';
  const place = `line ${position}`;
  return unchecked ? readLineUnchecked(line, place, position) : readLine(line, place, { position });
}

function* select(lines: readonly string[], query: EventQuery, options: ReadOptions): Generator<LoggedEvent> {
  const { backwards = false, unchecked = false } = options;
  const first = (options.after ?? 0) + 1;
  const last = Math.min(options.until ?? lines.length, lines.length);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (let step = 0; step <= last - first && left > 0; step += 1) {
    const event = readAt(lines, backwards ? last - step : first + step, unchecked);
    if (!matchesQuery(event, query) || !isWithinTime(event, options)) continue;
    left -= 1;
    yield event;
  }
}

function append({ lines, add }: Log, events: readonly NewEvent[], condition?: AppendCondition): AppendResult {
  checkBatch(events);
  const own = new Set<string>(events.map(({ id }) => id));
  const known = findLogged(lines, own);
  const rest = events.filter(({ id }) => !known.some((event) => event.id === id));
  if (rest.length === 0) return { status: 'appended', ...toPlace(known), tries: 0 };
  if (condition) {
    const newer = select(lines, condition.failIfEventsMatch, { after: condition.after });
    const position = findConflict(newer, condition, own);
    if (position !== undefined) return { status: 'conflict', position };
  }
  const linked = linkEvents(rest, getHead(lines));
  add(linked.map(toLine));
  return { status: 'appended', ...toPlace([...known, ...linked]), tries: 1 };
}

/** A line that holds an id may hold it elsewhere than in its place, so it is read. */
function findLogged(lines: readonly string[], ids: ReadonlySet<string>): LoggedEvent[] {
  const isOwn = (line: string) => [...ids].some((id) => line.includes(id));
  return lines
    .flatMap((line, index) => (isOwn(line) ? [readAt(lines, index + 1)] : []))
    .filter(({ id }) => ids.has(id));
}

function importLines({ lines, add }: Log, imported: readonly ImportedLine[]): LogHead {
  const head = getHead(lines);
  const first = imported[0]?.event;
  if (first && (first.position !== head.position + 1 || first.prevHash !== head.hash))
    throw new TammaError(
      'LOG_CONFLICT',
      `position ${first.position} does not follow the head at ${head.position}`,
    );
  add(imported.map(({ line }) => line));
  return getHead(lines);
}

async function* subscribe(
  { lines, waiting }: MemoryLog,
  { query = { items: [] }, after, signal }: SubscribeOptions,
): AsyncGenerator<LoggedEvent> {
  let seen = after;
  while (!signal.aborted) {
    if (lines.length <= seen) {
      await untilWoken(waiting, signal);
      continue;
    }
    const until = lines.length;
    for (const event of select(lines, query, { after: seen, until })) {
      yield event;
      if (signal.aborted) return;
    }
    seen = until;
  }
}

function untilWoken(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const tell = () => {
      waiting.delete(tell);
      signal.removeEventListener('abort', tell);
      resolve();
    };
    waiting.add(tell);
    signal.addEventListener('abort', tell);
  });
}

function createSnapshots(kept: Map<string, Snapshot>): SnapshotStore {
  return {
    load: (projection) => Promise.resolve(structuredClone(kept.get(projection))),
    save: (snapshot) => start(() => void kept.set(snapshot.projection, structuredClone(snapshot))),
    remove: (projection) => start(() => void kept.delete(projection)),
  };
}

function verify(lines: readonly string[], options: VerifyOptions): VerifyReport {
  const verification = createLogVerification({ place: 'memory', ...options });
  lines.forEach((line, index) => {
    verification.addLine(line, `line ${index + 1}`);
  });
  return verification.finish();
}
