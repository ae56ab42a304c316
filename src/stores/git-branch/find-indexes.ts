import { z } from 'zod';
import type { RawTreeEntry } from '../../lib/git-object-format.ts';
import type { BranchObjects } from './branch-objects.ts';
import { type IndexedBatch, parseIndex } from './issue-index.ts';
import { toBucketName } from './layout.ts';
import type { Tip } from './tip.ts';

/** The folder that holds the index of an issue, and whether it stands in the tree or its id in a file only. */
export type IndexPlace = { tree: string; isHot: boolean };

/**
 * Where the indexes of these issues are; an issue that the log holds nothing of is left out. Undefined where `state/` is
 * not to be relied on. Two rounds: the folders, and the files of those that nobody wrote to lately.
 */
export async function findPlaces(
  objects: BranchObjects,
  tip: Tip,
  keys: readonly string[],
): Promise<Map<string, IndexPlace> | undefined> {
  if (!tip.isIndexed) return undefined;
  const { state, cold } = tip.trees;
  await objects.read([state, cold].filter((id) => id !== undefined));
  const entries = state === undefined ? [] : await objects.list(state);
  // What is missing is not empty: an issue would look as if nothing had ever happened to it.
  if (!entries) return undefined;
  const hot = toFolders(entries);
  const buckets = await readBuckets(objects, tip, keys.filter((key) => !hot.has(key)).map(toBucketName));
  if (!buckets) return undefined;
  const places = new Map<string, IndexPlace>();
  for (const key of keys) {
    const tree = hot.get(key) ?? buckets.get(toBucketName(key))?.[key];
    if (tree) places.set(key, { tree, isHot: hot.has(key) });
  }
  return places;
}

/** Keys of the issues that have been written to lately, with the ids of their folders. */
export function toFolders(entries: readonly RawTreeEntry[]): Map<string, string> {
  const folders = entries.filter(({ mode, name }) => mode === '40000' && name !== 'cold');
  return new Map(folders.map(({ name, id }) => [name, id]));
}

/** Ids of index folders by the key of the issue. */
export type Bucket = Record<string, string>;

const bucketFile = z.record(z.string(), z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/));

/** The files under `state/cold/` of these names, those that exist; undefined where one cannot be read. */
export async function readBuckets(
  objects: BranchObjects,
  tip: Pick<Tip, 'trees'>,
  names: readonly string[],
): Promise<Map<string, Bucket> | undefined> {
  const { cold } = tip.trees;
  const entries = names.length === 0 || cold === undefined ? [] : await objects.list(cold);
  if (!entries) return undefined;
  const wanted = entries.filter(({ name }) => names.includes(name));
  const found = await objects.read(wanted.map(({ id }) => id));
  const buckets = new Map<string, Bucket>();
  for (const { name, id } of wanted) {
    const bucket = parseBucket(found.get(id)?.content);
    if (!bucket) return undefined;
    buckets.set(name, bucket);
  }
  return buckets;
}

function parseBucket(content: Buffer | undefined): Bucket | undefined {
  try {
    return bucketFile.safeParse(JSON.parse(content?.toString() ?? '')).data;
  } catch {
    return undefined;
  }
}

/**
 * The batches of each of these issues; undefined where the index is not to be relied on. `whole`: their files will be
 * wanted too, so they come in the same round.
 */
export async function findIndexes(
  objects: BranchObjects,
  tip: Tip,
  keys: readonly string[],
  { whole = false }: { whole?: boolean } = {},
): Promise<Map<string, IndexedBatch[]> | undefined> {
  const places = await findPlaces(objects, tip, keys);
  if (!places) return undefined;
  const trees = [...places.values()].map(({ tree }) => tree);
  if (whole) await objects.readBelow(trees, { keep: true });
  else await objects.read(trees);
  const indexes = new Map<string, IndexedBatch[]>();
  for (const [key, { tree }] of places) {
    const entries = await objects.list(tree);
    const index = entries && parseIndex(entries);
    if (!index) return undefined;
    indexes.set(key, index);
  }
  return indexes;
}

/** The batches of any of these issues, once each, ascending. */
export function mergeIndexes(indexes: ReadonlyMap<string, readonly IndexedBatch[]>): IndexedBatch[] {
  const batches = new Map([...indexes.values()].flat().map((batch) => [batch.first, batch]));
  return [...batches.values()].sort((a, b) => a.first - b.first);
}
