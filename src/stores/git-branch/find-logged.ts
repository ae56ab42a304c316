import type { Envelope } from '../../core/events/envelope.ts';
import type { LoggedEvent, NewEvent } from '../../core/events/event.ts';
import type { BranchObjects } from './branch-objects.ts';
import { findIndexes, mergeIndexes } from './find-indexes.ts';
import { listFolders } from './folders.ts';
import { type IndexedBatch, keysOf, NO_ISSUE, NO_ISSUE_BATCHES } from './issue-index.ts';
import { type LoadedBatch, loadFolders, loadIndexed } from './load-batches.ts';
import { parseBatch } from './read-events.ts';
import { overlaps, type TimeRange, toIdTime } from './times.ts';
import type { Tip } from './tip.ts';

/**
 * Those of these events that are in the log already, from an earlier try or an earlier run. Only batches whose times
 * overlap those in the ids are looked at: of ids made a moment ago there are none.
 */
export async function findLogged(
  objects: BranchObjects,
  tip: Tip,
  events: readonly (NewEvent | Envelope)[],
): Promise<LoggedEvent[]> {
  if (tip.commit === null) return [];
  const ids = new Set<string>(events.map(({ id }) => id));
  const found: LoggedEvent[] = [];
  for await (const batch of loadCandidates(objects, tip, events)) {
    const text = batch.content?.toString('latin1');
    // A file that is missing may hold them: to write them again would be to write them twice.
    if (text !== undefined && ![...ids].some((id) => text.includes(id))) continue;
    found.push(...parseBatch(batch, { head: tip.head }).filter(({ id }) => ids.has(id)));
  }
  return found;
}

async function* loadCandidates(
  objects: BranchObjects,
  tip: Tip,
  events: readonly (NewEvent | Envelope)[],
): AsyncGenerator<LoadedBatch> {
  const idTimes = events.map(({ id }) => toIdTime(id));
  const times: TimeRange = [Math.min(...idTimes), Math.max(...idTimes)];
  const indexes = await findIndexes(objects, tip, keysOf(events));
  if (indexes && reachesBack(indexes.get(NO_ISSUE), times)) {
    const batches = mergeIndexes(indexes).filter((batch) => overlaps(batch.times, times));
    let isWhole = true;
    for await (const batch of loadIndexed(objects, batches)) {
      isWhole &&= batch.content !== undefined;
      if (batch.content) yield batch;
    }
    if (isWhole) return;
  }
  yield* loadFolders(objects, await listFolders(objects, tip, { times }));
}

/** Of events without an issue only the newest batches are indexed. */
function reachesBack(index: readonly IndexedBatch[] | undefined, [oldest]: TimeRange): boolean {
  return !index || index.length < NO_ISSUE_BATCHES || (index[0]?.times[1] ?? 0) < oldest;
}
