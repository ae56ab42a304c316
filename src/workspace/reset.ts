import { rmdirSync, rmSync, symlinkSync } from 'node:fs';
import type { Repository, Sha, TreeEntry } from '../ports/repository.ts';
import { type Found, identify, isSame } from './compare.ts';
import { findEntry, writeBytes } from './file-access.ts';
import { listIgnored } from './ignored.ts';
import { findLinkProblem } from './link-target.ts';
import { codeOf, type Root, withPlace } from './place.ts';
import { type Entry, walk } from './walk.ts';

export type ResetRequest = {
  repository: Repository;
  root: Root;
  commit: Sha;
  entries: ReadonlyMap<string, TreeEntry>;
};

/** Links of the commit that were left out, with the reason. */
export type Skipped = Map<string, string>;

const BATCH_BYTES = 32 * 1024 * 1024;

/** Makes the folder hold exactly the commit's files, besides ignored ones. What is right already is not touched. */
export async function resetFolder(request: ResetRequest): Promise<Skipped> {
  const { repository, root, commit, entries } = request;
  removeAll(root, '.git');
  const present = walk(root, await listIgnored(repository.gitDirectory, root.directory, commit));
  for (const entry of present) if (isForeign(entry, entries)) removeAll(root, entry.path);
  removeEmptyFolders(root, present);
  const found = new Map(
    identify(
      root,
      present.filter((entry) => !isForeign(entry, entries)),
      commit.length,
    ).map((file) => [file.path, file]),
  );
  const missing = [...entries.values()].filter((entry) => entry.mode !== '160000' && !isThere(found, entry));
  return writeEntries(request, missing);
}

function isThere(found: ReadonlyMap<string, Found>, entry: TreeEntry): boolean {
  const file = found.get(entry.path);
  return file !== undefined && isSame(file, entry);
}

/** Not of the commit, or of another kind there. Its folders are foreign only where they stand in a file's place. */
function isForeign({ path, kind }: Entry, entries: ReadonlyMap<string, TreeEntry>): boolean {
  const entry = entries.get(path);
  if (kind === 'folder') return entry !== undefined && entry.mode !== '160000';
  if (!entry) return true;
  return kind !== (entry.mode === '120000' ? 'link' : 'file');
}

/** A hard link is a second name: only this one goes. */
function removeAll(root: Root, path: string): void {
  withPlace(root, path, (place) => rmSync(place.path, { recursive: true, force: true, maxRetries: 3 }));
}

function removeEmptyFolders(root: Root, present: readonly Entry[]): void {
  const folders = present.filter((entry) => entry.kind === 'folder').map((entry) => entry.path);
  for (const path of folders.reverse()) withPlace(root, path, (place) => removeIfEmpty(place.path));
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  }
}

async function writeEntries(
  { repository, root }: ResetRequest,
  missing: readonly TreeEntry[],
): Promise<Skipped> {
  const skipped: Skipped = new Map();
  for (const batch of toBatches(missing)) {
    const blobs = await repository.readBlobs(batch.map((entry) => entry.sha));
    for (const entry of batch) {
      const content = blobs.get(entry.sha) ?? Buffer.of();
      clearPlace(root, entry.path);
      if (entry.mode === '120000') writeLink(root, entry.path, content.toString(), skipped);
      else writeBytes(root, entry.path, content, { isExecutable: entry.mode === '100755' });
    }
  }
  return skipped;
}

/** Ignored things may stand where a file of the commit goes, or where one of its folders goes. */
function clearPlace(root: Root, path: string): void {
  const segments = path.split('/');
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const part = segments.slice(0, depth).join('/');
    withPlace(root, part, (place) => {
      const found = findEntry(place.path);
      const isWanted = depth < segments.length ? found?.isDirectory() : found?.isFile() && found.nlink === 1;
      if (found && !isWanted) rmSync(place.path, { recursive: true, force: true });
    });
  }
}

function writeLink(root: Root, path: string, target: string, skipped: Skipped): void {
  const problem = findLinkProblem(path, target);
  if (problem !== undefined) {
    skipped.set(path, problem);
    return;
  }
  withPlace(
    root,
    path,
    (place) => {
      rmSync(place.path, { force: true });
      symlinkSync(target, place.path);
    },
    { create: true },
  );
}

function toBatches(entries: readonly TreeEntry[]): TreeEntry[][] {
  const batches: TreeEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    room -= entry.size;
    const last = batches.at(-1);
    if (last && room >= 0) last.push(entry);
    else {
      batches.push([entry]);
      room = BATCH_BYTES - entry.size;
    }
  }
  return batches;
}
