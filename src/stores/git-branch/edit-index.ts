import { createHash } from 'node:crypto';
import { TammaError } from '../../core/errors.ts';
import type { ArchivedPart } from '../../core/events/archived-part.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { createTree } from '../../lib/git-object-format.ts';
import type { TreeChange } from '../../lib/git-tree-edit.ts';
import type { BranchObjects } from './branch-objects.ts';
import { type Bucket, findIndexes, findPlaces, readBuckets, toFolders } from './find-indexes.ts';
import { listFolders } from './folders.ts';
import { type IndexedBatch, indexBatch, keysOf, NO_ISSUE, toEntry } from './issue-index.ts';
import { toBucketName, toJsonFile } from './layout.ts';
import { loadFolders } from './load-batches.ts';
import type { Build } from './new-objects.ts';
import { parseBatch } from './read-events.ts';
import { toTimeRange } from './times.ts';
import type { Tip } from './tip.ts';

export type IndexTarget = {
  objects: BranchObjects;
  tip: Tip;
  build: Build;
  batches: readonly { batch: IndexedBatch; events: readonly LoggedEvent[] }[];
};

/** `base`: the folder `state/` that the changes are made to, where it is kept. */
export type IndexChanges = { base: string | undefined; changes: Map<string, TreeChange> };

/**
 * So many issues have their folder in the tree. Of the others only the ids are kept, in files: what stands in the newest
 * tree costs a server time with every push.
 */
export const HOT_ISSUES = 32;

/** Undefined where the index is not to be relied on: then it is built anew. */
export async function updateIndex(target: IndexTarget): Promise<IndexChanges | undefined> {
  const { objects, tip, batches } = target;
  const keys = [...new Set(batches.flatMap(({ events }) => keysOf(events)))];
  const places = await findPlaces(objects, tip, keys);
  const indexes = places && (await findIndexes(objects, tip, keys));
  if (!indexes) return undefined;
  const after = new Map([...indexes].map(([key, index]) => [key, [...index]]));
  for (const { batch, events } of batches) indexBatch(after, batch, events);
  const changes = toFolderChanges(target, after);
  const hot = toFolders((await objects.list(tip.trees.state)) ?? []);
  const evicted = chooseEvicted(hot, keys, target);
  for (const key of evicted) changes.set(key, null);
  const leaving = new Map(evicted.map((key) => [key, hot.get(key) ?? '']));
  const returning = keys.filter((key) => places.get(key)?.isHot === false);
  const buckets = await editBuckets(target, leaving, returning);
  if (!buckets) return undefined;
  for (const [path, change] of buckets) changes.set(path, change);
  return { base: tip.trees.state, changes };
}

/** All of it, from the log itself. Throws LOG_CORRUPT: nothing is appended to a log that cannot be read. */
export async function rebuildIndex(target: IndexTarget): Promise<IndexChanges> {
  const { objects, tip, batches } = target;
  const indexes = new Map<string, IndexedBatch[]>();
  const folders = await listFolders(objects, tip);
  const gone = folders.find(({ archived }) => archived)?.archived;
  if (gone) throw toUnfit(gone);
  for await (const loaded of loadFolders(objects, folders)) {
    const events = parseBatch(loaded, { head: tip.head });
    const { name, id, first, count } = loaded;
    indexBatch(indexes, { name, id, first, count, times: toTimeRange(events) }, events);
  }
  for (const { batch, events } of batches) indexBatch(indexes, batch, events);
  // Every folder stands in this one tree: what no tree ever held, git would throw away. The next append thins it out.
  return { base: undefined, changes: toFolderChanges(target, indexes) };
}

/** Without its batches as they stood, an index would hide what was archived. */
function toUnfit({ month }: ArchivedPart): TammaError {
  return new TammaError(
    'LOG_CORRUPT',
    `The folder state/ is not what Tamma left, and cannot be made anew: ${month} was archived.`,
    { help: 'Restore state/ from an earlier commit of the branch.' },
  );
}

function toFolderChanges(
  { build }: IndexTarget,
  indexes: ReadonlyMap<string, readonly IndexedBatch[]>,
): Map<string, TreeChange> {
  const changes = new Map<string, TreeChange>();
  for (const [key, index] of indexes) {
    const tree = createTree(index.map(toEntry), build.format);
    changes.set(key, { type: 'tree', id: build.take(tree) });
  }
  return changes;
}

/**
 * Which issues make room: never one of this append, whose new folder no tree holds yet. Chosen without looking into
 * their folders, by a number that depends on the moment, so that all writers choose the same.
 */
function chooseEvicted(
  hot: ReadonlyMap<string, string>,
  written: readonly string[],
  { tip }: IndexTarget,
): string[] {
  const added = written.filter((key) => !hot.has(key)).length;
  const excess = hot.size + added - HOT_ISSUES;
  const candidates = [...hot.keys()].filter((key) => key !== NO_ISSUE && !written.includes(key));
  const lot = (key: string) => createHash('sha256').update(`${key} ${tip.head.position}`).digest('hex');
  return excess <= 0 ? [] : candidates.sort((a, b) => (lot(a) < lot(b) ? -1 : 1)).slice(0, excess);
}

async function editBuckets(
  { objects, tip, build }: IndexTarget,
  leaving: ReadonlyMap<string, string>,
  returning: readonly string[],
): Promise<Map<string, TreeChange> | undefined> {
  const names = [...new Set([...leaving.keys(), ...returning].map(toBucketName))];
  const before = await readBuckets(objects, tip, names);
  if (!before) return undefined;
  const changes = new Map<string, TreeChange>();
  for (const name of names) {
    const bucket: Bucket = { ...before.get(name) };
    for (const key of returning) delete bucket[key];
    for (const [key, tree] of leaving) if (toBucketName(key) === name) bucket[key] = tree;
    const isEmpty = Object.keys(bucket).length === 0;
    changes.set(`cold/${name}`, isEmpty ? null : { type: 'blob', id: build.add('blob', toJsonFile(bucket)) });
  }
  return changes;
}
