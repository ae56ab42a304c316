import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSha, GitError, type GitOptions, git, gitText } from './git.ts';
import { readShared } from './shared-object-reader.ts';

export type CommitPlan = {
  tree: string;
  parents: readonly string[];
  message: string;
  author: { name: string; email: string };
  committer: { name: string; email: string };
  /** Of the commit; the author's too unless `authorDate` says otherwise. Whole seconds are kept, in UTC. */
  date: Date;
  /** git's raw form (`1700000000 +0100`), where the author's own is kept. */
  authorDate?: string;
};

export type MergedTree =
  | { status: 'clean'; tree: string }
  | { status: 'conflict'; tree: string; files: string[] }
  | { status: 'unrelated' };

/** Contents by the name that was asked for (`<commit>:<path>` or an id); names that lead nowhere are left out. */
export async function readObjects(
  gitDirectory: string,
  names: readonly string[],
): Promise<Map<string, Buffer>> {
  const objects = await Promise.all(names.map((name) => readShared(gitDirectory, name)));
  return new Map(
    names.flatMap((name, index) => {
      const content = objects[index]?.content;
      return content ? [[name, content]] : [];
    }),
  );
}

/** The tree of `base` with these regular files set to this content or, where null, gone. Touches no index of a checkout. */
export async function writeFiles(
  gitDirectory: string,
  base: string,
  files: ReadonlyMap<string, string | null>,
): Promise<string> {
  const folder = join(gitDirectory, 'tamma');
  await mkdir(folder, { recursive: true });
  const index = join(folder, `index-${randomUUID()}`);
  const options: GitOptions = { gitDirectory, env: { GIT_INDEX_FILE: index } };
  try {
    await git(['read-tree', `${checkSha(base)}^{tree}`], options);
    const lines: string[] = [];
    for (const [path, content] of files) {
      const blob = content === null ? undefined : await writeBlob(gitDirectory, content);
      lines.push(blob ? `100644 ${blob} 0\t${path}\0` : `0 ${'0'.repeat(base.length)} 0\t${path}\0`);
    }
    await git(['update-index', '-z', '--add', '--index-info'], { ...options, input: lines.join('') });
    return await gitText(['write-tree'], options);
  } finally {
    await rm(index, { force: true });
  }
}

export function writeBlob(gitDirectory: string, content: string | Uint8Array): Promise<string> {
  return gitText(['hash-object', '-w', '--stdin'], { gitDirectory, input: content });
}

/** Writes a commit object and moves nothing. The same plan gives the same id. NUL, which git refuses, is left out. */
export function writeCommit(gitDirectory: string, plan: CommitPlan): Promise<string> {
  const date = `${Math.floor(plan.date.getTime() / 1000)} +0000`;
  return gitText(
    [
      'commit-tree',
      checkSha(plan.tree),
      ...plan.parents.flatMap((parent) => ['-p', checkSha(parent)]),
      '-F',
      '-',
    ],
    {
      gitDirectory,
      input: plan.message.replaceAll('\0', ''),
      config: { 'i18n.commitEncoding': 'UTF-8' },
      env: {
        GIT_AUTHOR_NAME: plan.author.name,
        GIT_AUTHOR_EMAIL: plan.author.email,
        GIT_AUTHOR_DATE: plan.authorDate ?? date,
        GIT_COMMITTER_NAME: plan.committer.name,
        GIT_COMMITTER_EMAIL: plan.committer.email,
        GIT_COMMITTER_DATE: date,
      },
    },
  );
}

/**
 * The three-way merge of two commits, in memory. Attributes of a checkout are not read, and a merge driver of the
 * user's configuration is not run: a file that asks for one is a conflict for a person.
 * Needs git 2.38 (git-merge-tree(1), exit codes under "EXIT STATUS").
 */
export async function mergeCommits(gitDirectory: string, ours: string, theirs: string): Promise<MergedTree> {
  const args = [
    'merge-tree',
    '--write-tree',
    '-z',
    '--name-only',
    '--no-messages',
    checkSha(ours),
    checkSha(theirs),
  ];
  const result = await git(args, {
    gitDirectory,
    cwd: gitDirectory,
    config: await findPrograms(gitDirectory),
    env: { GIT_INDEX_FILE: join(gitDirectory, 'tamma', 'no-index') },
    allowExitCodes: [0, 1, 128],
  });
  if (result.exitCode === 128) {
    if (result.stderr.includes('unrelated histories')) return { status: 'unrelated' };
    throw new GitError(args, result.exitCode, result.stderr);
  }
  // An id that is no commit ends in 1 too, as a conflict does, but names no tree.
  if (result.stdout.length === 0) throw new GitError(args, result.exitCode, result.stderr);
  const [tree = '', ...files] = result.stdout.toString().split('\0');
  if (result.exitCode === 0) return { status: 'clean', tree: checkSha(tree.trim()) };
  return {
    status: 'conflict',
    tree: checkSha(tree),
    files: [...new Set(files.filter((file) => file !== ''))],
  };
}

/** Undefined where the two have no commit in common, or a shallow clone does not reach it. */
export async function findMergeBase(gitDirectory: string, a: string, b: string): Promise<string | undefined> {
  const base = await gitText(['merge-base', checkSha(a), checkSha(b)], {
    gitDirectory,
    allowExitCodes: [0, 1],
  });
  return base === '' ? undefined : base;
}

/** Whether the commit and what it points to are in the local object database. */
export async function hasCommit(gitDirectory: string, sha: string): Promise<boolean> {
  return (await readShared(gitDirectory, `${checkSha(sha)}^{tree}`)) !== undefined;
}

/**
 * Settings for one command that disarm every filter and merge driver of the repository's own configuration: they are
 * programs, and what they would read may have been written by a model (design/security.md, rule 4).
 */
export async function findPrograms(gitDirectory: string): Promise<Record<string, string>> {
  const listed = await git(['config', '--name-only', '-z', '--get-regexp', '^(filter|merge)\\..+\\.'], {
    gitDirectory,
    allowExitCodes: [0, 1],
  });
  const off: Record<string, string> = {};
  for (const key of listed.stdout.toString().split('\0')) {
    if (/^filter\..+\.(clean|smudge|process)$/.test(key)) off[key] = '';
    if (/^filter\..+\.required$/.test(key)) off[key] = 'false';
    if (/^merge\..+\.driver$/.test(key)) off[key] = 'exit 1';
  }
  return off;
}
