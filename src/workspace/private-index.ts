import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSha, type GitOptions, git, gitText } from '../lib/git.ts';
import type { Sha } from '../ports/repository.ts';
import { refusePath } from './place.ts';

/** Settings that would make git write beside the index, or take names that are `.git` on some file system. */
const CONFIG = {
  'core.splitIndex': 'false',
  'core.protectHFS': 'true',
  'core.protectNTFS': 'true',
  'core.excludesFile': '/dev/null',
};

/** Works with an index of its own that holds `base`, and removes it: the user's index is never read or written. */
export async function withPrivateIndex<T>(
  gitDirectory: string,
  base: Sha | null,
  work: (options: GitOptions) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tamma-index-'));
  const options: GitOptions = {
    gitDirectory,
    cwd: gitDirectory,
    config: CONFIG,
    env: { GIT_INDEX_FILE: join(folder, 'index') },
  };
  try {
    if (base !== null) await git(['read-tree', checkSha(base)], options);
    return await work(options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export type TreeChange = { mode: '100644' | '100755' | '120000'; sha: Sha } | null;

/**
 * The tree of `base` with these paths set or, where null, removed (git-update-index(1), `--index-info`: mode 0 removes).
 * Throws PATH_REFUSED for a name that leaves the tree or enters `.git` on some file system.
 */
export function writeTree(
  gitDirectory: string,
  base: Sha | null,
  changes: ReadonlyMap<string, TreeChange>,
): Promise<Sha> {
  return withPrivateIndex(gitDirectory, base, async (options) => {
    const none = '0'.repeat(base?.length ?? 40);
    const removed = [...changes]
      .filter(([, change]) => base !== null && change === null)
      .map(([path]) => `0 ${none} 0\t${path}\0`);
    const set = [...changes].flatMap(([path, change]) =>
      change ? [`${change.mode} ${checkSha(change.sha)} 0\t${path}\0`] : [],
    );
    // Removals first: a file may give its name to a folder.
    const input = [...removed, ...set].join('');
    const { stderr } = await git(['update-index', '-z', '--index-info'], { ...options, input });
    const ignored = /^Ignoring path (.*)$/m.exec(stderr);
    if (ignored) throw refusePath(ignored[1] ?? '', 'cannot be a path of a tree');
    return gitText(['write-tree'], options);
  });
}
