import type { RawTreeEntry } from '../../lib/git-object-format.ts';
import { parseBatchName, toBatchName, toIssueKey } from './layout.ts';
import type { TimeRange } from './times.ts';

/** One batch that holds events of an issue: `id` is its file's, `count` the events in it, of that issue or not. */
export type IndexedBatch = { name: string; id: string; first: number; count: number; times: TimeRange };

/** Events that belong to no issue are indexed under this. */
export const NO_ISSUE = 'none';
/** So many of their batches are remembered. */
export const NO_ISSUE_BATCHES = 200;

type Tagged = { tags: { issueId?: string } };

/** The keys under which a batch is indexed. */
export function keysOf(events: readonly Tagged[]): string[] {
  return [
    ...new Set(events.map(({ tags }) => (tags.issueId === undefined ? NO_ISSUE : toIssueKey(tags.issueId)))),
  ];
}

/**
 * An index is a folder with the batches of one issue in it, the same files as in `log/`: who asks for the folder and all
 * below it has the issue. The names say what is worth knowing before a file is opened:
 * `2026-11_12_12345_5_mi2k3abc_mi2k3def`, month and number of the append, first position, events, earliest and latest
 * time in base 36.
 */
export function toEntry({ name, id, count, times }: IndexedBatch): RawTreeEntry {
  const batch = parseBatchName(name);
  const parts = [batch?.month, batch?.number, batch?.first, count, ...times.map((time) => time.toString(36))];
  return { mode: '100644', name: parts.join('_'), id };
}

const ENTRY = /^(\d{4}-\d{2})_(\d+)_([1-9]\d*)_([1-9]\d*)_([0-9a-z]+)_([0-9a-z]+)$/;

/** Ascending; undefined where an entry is not one of ours. */
export function parseIndex(entries: readonly RawTreeEntry[]): IndexedBatch[] | undefined {
  const batches: IndexedBatch[] = [];
  for (const { name, id } of entries) {
    const [, month = '', number, first, count, lowest = '', highest = ''] = ENTRY.exec(name) ?? [];
    const batch = { month, number: Number(number), first: Number(first) };
    const named = parseBatchName(toBatchName(batch));
    if (!named) return undefined;
    const times: TimeRange = [Number.parseInt(lowest, 36), Number.parseInt(highest, 36)];
    batches.push({ name: toBatchName(batch), id, first: batch.first, count: Number(count), times });
  }
  return batches.sort((a, b) => a.first - b.first);
}

/** The index with one batch more. */
export function addToIndex(
  before: readonly IndexedBatch[],
  key: string,
  batch: IndexedBatch,
): IndexedBatch[] {
  const all = [...before, batch];
  return key === NO_ISSUE ? all.slice(-NO_ISSUE_BATCHES) : all;
}

/** Adds a batch to all indexes it concerns: the index of a whole log is the fold of its batches. */
export function indexBatch(
  indexes: Map<string, IndexedBatch[]>,
  batch: IndexedBatch,
  events: readonly Tagged[],
): void {
  for (const key of keysOf(events)) indexes.set(key, addToIndex(indexes.get(key) ?? [], key, batch));
}
