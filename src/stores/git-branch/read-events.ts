import { TammaError } from '../../core/errors.ts';
import { GENESIS, type LogHead } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { readLine } from '../../core/events/line.ts';
import { findIssues, isWithinTime, matchesQuery } from '../../core/events/query.ts';
import { readLineUnchecked } from '../../core/events/unchecked-line.ts';
import type { EventQuery, ReadOptions } from '../../ports/event-store.ts';
import type { BranchObjects } from './branch-objects.ts';
import { findIndexes, mergeIndexes } from './find-indexes.ts';
import { listFolders } from './folders.ts';
import type { IndexedBatch } from './issue-index.ts';
import { toBatchPath, toIssueKey } from './layout.ts';
import { type LoadedBatch, loadFolders, loadIndexed } from './load-batches.ts';
import { createFilter } from './may-match.ts';
import { overlaps, type TimeRange } from './times.ts';
import type { Tip } from './tip.ts';

type Range = { after: number; until: number; times: TimeRange | undefined; backwards: boolean };

/** Matching events of a tip. Throws LOG_CORRUPT at the first damage in a file it has to read. */
export async function* readEvents(
  objects: BranchObjects,
  tip: Tip,
  query: EventQuery,
  options: ReadOptions = {},
): AsyncGenerator<LoggedEvent> {
  const { after = 0, until = tip.head.position, backwards = false, unchecked = false } = options;
  const times = toTimes(options);
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let previous: LogHead = GENESIS;
  if (left <= 0 || after >= until) return;
  for await (const batch of loadBatches(objects, tip, query, { after, until, times, backwards })) {
    const events = parseBatch(batch, { head: tip.head, previous, unchecked });
    previous = (backwards ? undefined : events.at(-1)) ?? GENESIS;
    for (const event of backwards ? events.reverse() : events) {
      if (event.position <= after || event.position > until) continue;
      if (!isWithinTime(event, options) || !matchesQuery(event, query)) continue;
      yield event;
      left -= 1;
      if (left <= 0) return;
    }
  }
}

function toTimes({ since, before }: ReadOptions): TimeRange | undefined {
  if (since === undefined && before === undefined) return undefined;
  return [since ? Date.parse(since) : 0, before ? Date.parse(before) - 1 : Number.MAX_SAFE_INTEGER];
}

async function* loadBatches(
  objects: BranchObjects,
  tip: Tip,
  query: EventQuery,
  range: Range,
): AsyncGenerator<LoadedBatch> {
  const indexed = await listIndexed(objects, tip, query, range);
  if (!indexed) return yield* loadLog(objects, tip, query, range);
  let rest = range;
  for await (const batch of loadIndexed(objects, indexed, range)) {
    // An index that names what is not there is wrong, whoever wrote it: then the log itself is read.
    if (!batch.content) return yield* loadLog(objects, tip, query, rest);
    yield batch;
    const { first, count } = batch;
    rest = range.backwards ? { ...rest, until: first - 1 } : { ...rest, after: first + count - 1 };
  }
}

/** Of the log itself, the files that may hold what is asked for: of 80,000 events a tag is in some hundred. */
async function* loadLog(
  objects: BranchObjects,
  tip: Tip,
  query: EventQuery,
  range: Range,
): AsyncGenerator<LoadedBatch> {
  const mayMatch = createFilter(query);
  // On top of somebody else's commit: what was taken out of a file cannot be found in it.
  const isShort = ({ content, count }: LoadedBatch) => !tip.isIndexed && countLines(content) !== count;
  for await (const batch of loadFolders(objects, await listFolders(objects, tip, range), range))
    if (!batch.content || mayMatch(batch.content) || isShort(batch)) yield batch;
}

function countLines(content: Buffer | undefined): number {
  let lines = 0;
  for (const byte of content ?? []) if (byte === 10) lines += 1;
  return lines;
}

/** Undefined where the query reaches beyond issues, or the index is not to be relied on: then the log itself is read. */
async function listIndexed(
  objects: BranchObjects,
  tip: Tip,
  query: EventQuery,
  range: Range,
): Promise<IndexedBatch[] | undefined> {
  const issues = findIssues(query);
  if (!issues) return undefined;
  const whole = range.after === 0 && !range.backwards && !range.times;
  const indexes = await findIndexes(objects, tip, issues.map(toIssueKey), { whole });
  const batches = indexes && mergeIndexes(indexes);
  return batches?.filter(
    ({ first, count, times }) =>
      first <= range.until && first + count - 1 > range.after && overlaps(times, range.times),
  );
}

type Check = { head: LogHead; previous?: LogHead | undefined; unchecked?: boolean };

/** The events of a file, each checked against the one before. `previous` counts only where it is the one before this file. */
export function parseBatch(
  { name, first, count, content, place: elsewhere }: LoadedBatch,
  { head, previous, unchecked = false }: Check,
): LoggedEvent[] {
  const path = elsewhere ?? toBatchPath(name);
  const damaged = (position: number, reason: string) =>
    new TammaError('LOG_CORRUPT', `The log is damaged at position ${position}, ${path}: ${reason}`, {
      details: { position, place: path, reason },
    });
  if (!content) throw damaged(first, 'the file is missing');
  const lines = content.toString().split('\n');
  if (lines.pop() !== '') throw damaged(first + lines.length, 'the file ends in the middle of a line');
  let last = previous?.position === first - 1 ? previous : undefined;
  const events = lines.map((line, index) => {
    const place = `${path}, line ${index + 1}`;
    const position = first + index;
    const event = unchecked
      ? readLineUnchecked(line, place, position)
      : readLine(line, place, { position, ...(last ? { previous: last } : {}) });
    last = event;
    return event;
  });
  if (events.length !== count) {
    throw damaged(first + events.length, `the file has ${events.length} events where ${count} belong`);
  }
  if (last?.position === head.position && last.hash !== head.hash) {
    throw damaged(head.position, 'the last event is not the one that head.json names');
  }
  return events;
}
