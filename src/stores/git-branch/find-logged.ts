import type { LoggedEvent, NewEvent } from '../../core/events/event.ts';
import { type BatchFile, listBatches, listIndexed } from './batch-files.ts';
import { issuesOf } from './issue-index.ts';
import { loadInWindows } from './load-files.ts';
import type { LogBackend } from './log-backend.ts';
import { parseBatch } from './read-events.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Those of these events that are in the log already, from an earlier try or an earlier run. An event of an issue is
 * looked for in that issue's batches. One without an issue has no index: it is looked for from a month before the time
 * in its own id, so only a clock that was a month wrong could hide it.
 */
export async function findLogged(
  backend: LogBackend,
  snapshot: Snapshot,
  events: readonly NewEvent[],
): Promise<LoggedEvent[]> {
  if (snapshot.commit === null) return [];
  const ids = new Set<string>(events.map(({ id }) => id));
  const found: LoggedEvent[] = [];
  for await (const batch of loadInWindows(backend, await listCandidates(backend, snapshot, events))) {
    const text = batch.content?.toString('latin1') ?? '';
    if (![...ids].some((id) => text.includes(id))) continue;
    found.push(...parseBatch(batch, snapshot.head).filter(({ id }) => ids.has(id)));
  }
  return found;
}

async function listCandidates(
  backend: LogBackend,
  snapshot: Snapshot,
  events: readonly NewEvent[],
): Promise<BatchFile[]> {
  const indexed = await listIndexed(backend, snapshot, issuesOf(events));
  if (indexed && events.every(({ tags }) => tags.issueId !== undefined)) return indexed;
  const oldest = Math.min(...events.map(({ id }) => toTime(id)));
  const since = new Date(oldest);
  since.setUTCMonth(since.getUTCMonth() - 1, 1);
  return listBatches(backend, snapshot, { sinceMonth: since.toISOString().slice(0, 7) });
}

/** Milliseconds since 1970 in a UUIDv7 (RFC 9562, section 5.7). */
function toTime(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
