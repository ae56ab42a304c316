import { TammaError } from '../../core/errors.ts';
import type { LogHead } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { readLine } from '../../core/events/line.ts';
import { findIssues, matchesQuery } from '../../core/events/query.ts';
import type { EventQuery, ReadOptions } from '../../ports/event-store.ts';
import { type BatchFile, listBatches, listIndexed } from './batch-files.ts';
import { toBatchPath } from './layout.ts';
import { type Loaded, loadAll, loadInWindows } from './load-files.ts';
import type { LogBackend } from './log-backend.ts';
import type { Snapshot } from './snapshot.ts';

export type LoadedBatch = Loaded<BatchFile>;

/** Matching events of a snapshot, ascending. Throws LOG_CORRUPT at the first damage in a file it has to read. */
export async function* readEvents(
  backend: LogBackend,
  snapshot: Snapshot,
  query: EventQuery,
  options: ReadOptions = {},
): AsyncGenerator<LoggedEvent> {
  const { after = 0, until = snapshot.head.position } = options;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let previous: LogHead | undefined;
  for await (const batch of loadBatches(backend, snapshot, query, { after, until })) {
    if (left <= 0) return;
    const events = parseBatch(batch, snapshot.head, previous);
    previous = events.at(-1);
    for (const event of events) {
      if (event.position <= after || event.position > until || !matchesQuery(event, query)) continue;
      yield event;
      left -= 1;
      if (left <= 0) return;
    }
  }
}

async function* loadBatches(
  backend: LogBackend,
  snapshot: Snapshot,
  query: EventQuery,
  range: { after: number; until: number },
): AsyncGenerator<LoadedBatch> {
  const inRange = ({ first, count }: BatchFile) => first <= range.until && first + count - 1 > range.after;
  const issues = findIssues(query);
  const indexed = issues && (await listIndexed(backend, snapshot, issues))?.filter(inRange);
  // An index that names what is not there is wrong, whoever wrote it: then the log itself is read.
  const loaded = indexed && (await loadAll(backend, indexed));
  if (loaded?.every(({ content }) => content !== undefined)) {
    yield* loaded;
    return;
  }
  const files = await listBatches(backend, snapshot, { after: range.after });
  yield* loadInWindows(backend, files.filter(inRange));
}

/** The events of a file, each checked against the one before. `previous` counts only where it is the one before this file. */
export function parseBatch({ file, content }: LoadedBatch, head: LogHead, previous?: LogHead): LoggedEvent[] {
  const path = toBatchPath(file.name);
  const damaged = (position: number, reason: string) =>
    new TammaError('LOG_CORRUPT', `The log is damaged at position ${position}, ${path}: ${reason}`, {
      details: { position, place: path, reason },
    });
  if (!content) throw damaged(file.first, 'the file is missing');
  const lines = content.toString().split('\n');
  if (lines.pop() !== '') throw damaged(file.first + lines.length, 'the file ends in the middle of a line');
  let last = previous?.position === file.first - 1 ? previous : undefined;
  const events = lines.map((line, index) => {
    const position = file.first + index;
    const event = readLine(line, `${path}, line ${index + 1}`, {
      position,
      ...(last ? { previous: last } : {}),
    });
    last = event;
    return event;
  });
  if (events.length !== file.count) {
    throw damaged(
      file.first + events.length,
      `the file has ${events.length} events where ${file.count} belong`,
    );
  }
  if (last?.position === head.position && last.hash !== head.hash) {
    throw damaged(head.position, 'the last event is not the one that head.json names');
  }
  return events;
}
