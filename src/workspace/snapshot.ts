import { checkWorkspacePath } from '../core/policies/path-grammar.ts';
import type { Repository, Sha, TreeEntry } from '../ports/repository.ts';
import { type Found, identify, isSame } from './compare.ts';
import { readBytes } from './file-access.ts';
import { listIgnored } from './ignored.ts';
import type { WorkspaceLimits } from './limits.ts';
import { type Root, refusePath } from './place.ts';
import { walk } from './walk.ts';

export type SnapshotRequest = {
  repository: Repository;
  root: Root;
  /** What the folder was made from; null: nothing. */
  base: {
    commit: Sha;
    tree: Sha;
    entries: ReadonlyMap<string, TreeEntry>;
    skipped: ReadonlyMap<string, string>;
  } | null;
  limits: WorkspaceLimits;
};

const WRITERS = 4;

/**
 * Writes what stands in the folder as a tree. What is as in the base is taken over from it, whatever it is; what is new
 * or changed must be a plain file with a plain name. Files are read by the same function as everything else, and no git
 * command looks at their content.
 */
export async function takeSnapshot(request: SnapshotRequest): Promise<Sha> {
  const { repository, root, base, limits } = request;
  const entries = walk(
    root,
    await listIgnored(repository.gitDirectory, root.directory, base?.commit ?? null),
  );
  const nested = entries.find((entry) => entry.kind === 'repository');
  if (nested) throw refusePath(nested.path, 'is a repository inside the repository');
  const shaLength = base?.commit.length ?? (await repository.writeBlob(Buffer.of())).length;
  const found = identify(root, entries, shaLength);
  const changed = found.filter((file) => !isSame(file, base?.entries.get(file.path)));
  for (const file of changed) checkChanged(file, limits);
  if (changed.length > limits.snapshotFiles) {
    throw refusePath(
      changed[0]?.path ?? '',
      `and ${changed.length - 1} more files are new or changed: are they missing in .gitignore?`,
    );
  }
  const changes = new Map([...listRemoved(base, found), ...(await writeBlobs(request, changed))]);
  return changes.size === 0 && base ? base.tree : repository.writeTree(base?.commit ?? null, changes);
}

function checkChanged({ path, mode, size }: Found, limits: WorkspaceLimits): void {
  checkWorkspacePath(path);
  if (mode === '120000') throw refusePath(path, 'is a link, and links cannot be part of a change');
  if (size > limits.snapshotFileBytes)
    throw refusePath(path, `has ${size} bytes, ${limits.snapshotFileBytes} is the limit`);
}

type Changes = [path: string, change: { mode: '100644' | '100755'; sha: Sha } | null][];

/** Submodules are never in the folder, and neither are links that were left out: they are not gone. */
function listRemoved(base: SnapshotRequest['base'], found: readonly Found[]): Changes {
  const present = new Set(found.map(({ path }) => path));
  const known = base ? [...base.entries.values()] : [];
  return known
    .filter(({ path, mode }) => mode !== '160000' && !present.has(path) && !base?.skipped.has(path))
    .map(({ path }) => [path, null]);
}

async function writeBlobs(
  { repository, root, limits }: SnapshotRequest,
  changed: readonly Found[],
): Promise<Changes> {
  const queue = [...changed];
  const written: Changes = [];
  async function work(): Promise<void> {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const content = readBytes(root, file.path, limits.snapshotFileBytes);
      if (!content) throw refusePath(file.path, 'is gone: something changed the folder meanwhile');
      written.push([
        file.path,
        { mode: file.mode === '100755' ? '100755' : '100644', sha: await repository.writeBlob(content) },
      ]);
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, work));
  return written;
}
