import { findEntries } from '../../lib/git-object-format.ts';
import { loadArchived } from './archived.ts';
import type { BranchObjects } from './branch-objects.ts';
import type { LogFolder } from './folders.ts';
import type { IndexedBatch } from './issue-index.ts';
import { parseBatchPath } from './layout.ts';
import type { GitObject } from './log-backend.ts';

/** `count`: the events that must be in it. `content` is undefined where there is no such file. */
export type LoadedBatch = {
  name: string;
  id: string;
  first: number;
  count: number;
  content: Buffer | undefined;
  /** Where it stands, if not under `log/`. */
  place?: string;
};

/** `after` and `until`: positions, exclusive and inclusive; batches that lie outside are not asked for. */
export type LoadOptions = { backwards?: boolean | undefined; after?: number; until?: number };

/** Files and folders asked for at once: enough to keep the other side busy, few enough to keep memory small. */
const FILES = 64;
const FOLDERS = 8;
/** Whoever wants little of much begins with little. */
const FIRST_FILES = 8;

/** Batches of an index with their contents, in their order or the other way around. */
export async function* loadIndexed(
  objects: BranchObjects,
  batches: readonly IndexedBatch[],
  { backwards = false }: LoadOptions = {},
): AsyncGenerator<LoadedBatch> {
  const ordered = backwards ? batches.toReversed() : batches;
  for (let start = 0, size = FIRST_FILES; start < ordered.length; start += size, size = FILES) {
    const window = ordered.slice(start, start + size);
    const found = await objects.read(window.map(({ id }) => id));
    for (const { name, id, first, count } of window)
      yield { name, id, first, count, content: toContent(found.get(id)) };
  }
}

/** The batches of these folders. */
export async function* loadFolders(
  objects: BranchObjects,
  folders: readonly LogFolder[],
  { backwards = false, after = 0, until = Number.POSITIVE_INFINITY }: LoadOptions = {},
): AsyncGenerator<LoadedBatch> {
  const isWanted = ({ first, count }: { first: number; count: number }) =>
    first <= until && first + count - 1 > after;
  const ordered = backwards ? folders.toReversed() : folders;
  const isWhole = ({ first, end, archived }: LogFolder) => !archived && first > after && end - 1 <= until;
  const ask = (window: readonly LogFolder[]) =>
    objects.readBelow(window.filter(isWhole).map(({ tree }) => tree));
  const windows = toWindows(ordered);
  let coming: ReturnType<typeof ask> | undefined;
  for (const [index, window] of windows.entries()) {
    const found = await (coming ?? ask(window));
    // Whoever wants a second window wants many: the next one is on its way while this one is looked at.
    const next = index > 0 ? windows[index + 1] : undefined;
    coming = next && ask(next);
    coming?.catch(() => {}); // thrown where it is waited for
    for (const folder of window) {
      if (folder.archived) {
        yield* loadArchived(objects.archive, folder.archived, { backwards });
        continue;
      }
      const tree = found.get(folder.tree) ?? (await objects.find(folder.tree));
      const files = listFiles(folder, tree).filter(isWanted);
      const missing = await objects.read(files.filter(({ id }) => !found.has(id)).map(({ id }) => id));
      for (const { name, first, count, id } of backwards ? files.toReversed() : files)
        yield { name, id, first, count, content: toContent(found.get(id) ?? missing.get(id)) };
    }
  }
}

/** One folder first, and then several at a time. */
function toWindows(folders: readonly LogFolder[]): LogFolder[][] {
  const windows: LogFolder[][] = [];
  for (let start = 0, size = 1; start < folders.length; start += size, size = FOLDERS)
    windows.push(folders.slice(start, start + size));
  return windows;
}

function toContent(object: GitObject | undefined): Buffer | undefined {
  return object?.type === 'blob' ? object.content : undefined;
}

/** The files of a folder that are ours, ascending. One that cannot be read is one file that is missing. */
function listFiles(
  { name, first, end }: LogFolder,
  tree: GitObject | undefined,
): Omit<IndexedBatch, 'times'>[] {
  const entries = findEntries(tree);
  if (!entries) return [{ name, id: '', first, count: end - first }];
  const files = entries.flatMap((entry) => {
    const batch = parseBatchPath(`log/${name}/${entry.name}`);
    return batch ? [{ name: batch.name, id: entry.id, first: batch.first, count: 0 }] : [];
  });
  files.sort((a, b) => a.first - b.first);
  return files.map((file, index) => ({ ...file, count: (files[index + 1]?.first ?? end) - file.first }));
}
