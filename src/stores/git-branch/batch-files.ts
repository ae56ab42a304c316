import { formatOf, parseTree, type RawTreeEntry } from '../../lib/git-object-format.ts';
import { type IssueIndex, parseIssueIndex } from './issue-index.ts';
import { parseBatchName, parseBatchPath, toBatchPath, toIndexPath } from './layout.ts';
import type { LogBackend } from './log-backend.ts';
import type { Snapshot } from './snapshot.ts';

/** Any file of the branch, by its path and its id. */
export type BranchFile = { path: string; object: string };

/** `object` is what to ask the backend for; `count` the events that must be in it. */
export type BatchFile = { name: string; object: string; first: number; count: number };

export type BatchRange = { after?: number; sinceMonth?: string };

/**
 * The batches with an event after position `after` that were written in `sinceMonth` or later, ascending. Walks from the
 * newest, so a short way back costs little.
 */
export async function listBatches(
  backend: LogBackend,
  snapshot: Snapshot,
  { after = 0, sinceMonth = '' }: BatchRange = {},
): Promise<BatchFile[]> {
  const files: BatchFile[] = [];
  let next = snapshot.head.position + 1;
  for await (const { path, object } of walkLog(backend, snapshot.commit)) {
    if (next <= after + 1) break;
    const batch = parseBatchPath(path);
    if (!batch) continue; // not ours: verify tells
    if (batch.month < sinceMonth) break;
    files.push({ name: batch.name, object, first: batch.first, count: next - batch.first });
    next = batch.first;
  }
  return files.reverse();
}

/** The batches of these issues by the index, ascending; undefined where the index is not to be relied on. */
export async function listIndexed(
  backend: LogBackend,
  snapshot: Snapshot,
  issues: readonly string[],
): Promise<BatchFile[] | undefined> {
  if (snapshot.index === undefined) return undefined;
  const counts = new Map<string, number>();
  for (const issue of issues) {
    const index = await findIndex(backend, snapshot, issue);
    if (index === 'damaged') return undefined;
    for (const [name, count] of index?.batches ?? []) counts.set(name, count);
  }
  const files = [...counts].map(([name, count]) => {
    const object = `${snapshot.commit}:${toBatchPath(name)}`;
    return { name, object, first: parseBatchName(name)?.first ?? 0, count };
  });
  return files.sort((a, b) => a.first - b.first);
}

/** The index of one issue; undefined where the log holds nothing of it. */
export async function findIndex(
  backend: LogBackend,
  snapshot: Snapshot,
  issue: string,
): Promise<IssueIndex | 'damaged' | undefined> {
  if (snapshot.commit === null) return undefined;
  const places = [toIndexPath(issue, false), toIndexPath(issue, true)];
  const found = await Promise.all(places.map((path) => backend.read(`${snapshot.commit}:state/${path}`)));
  const object = found[0] ?? found[1];
  return object && (parseIssueIndex(object.content, issue) ?? 'damaged');
}

/** Every file under `log/`, newest first by the numbers in the names; what is not a file of ours comes as it stands. */
export async function* walkLog(backend: LogBackend, commit: string | null): AsyncGenerator<BranchFile> {
  if (commit === null) return;
  yield* walkFolder(backend, `${commit}:log`, 'log');
}

/** Paths and ids of all files below a tree. */
export async function* walkFolder(
  backend: LogBackend,
  tree: string,
  folder: string,
): AsyncGenerator<BranchFile> {
  const object = await backend.read(tree);
  if (!object) return;
  const entries = parseTree(object.content, formatOf(object.id));
  for (const { mode, name, id } of entries.sort(compareDescending)) {
    const path = `${folder}/${name}`;
    if (mode === '40000') yield* walkFolder(backend, id, path);
    else yield { path, object: id };
  }
}

const numeric = new Intl.Collator('en', { numeric: true });

/** Names are made of numbers: 100 comes after 99. */
function compareDescending(a: RawTreeEntry, b: RawTreeEntry): number {
  return numeric.compare(b.name, a.name);
}
