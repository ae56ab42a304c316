import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TammaError } from '../core/errors.ts';
import { checkSha, git, gitText } from '../lib/git.ts';
import { findMergeBase, mergeCommits, readObjects, writeBlob, writeCommit } from '../lib/git-objects.ts';
import type { Repository, Sha, TreeMerge } from '../ports/repository.ts';
import { LOG_FORMAT, parseChanges, parseLog, parseTree } from './git-output.ts';
import { locateRepository, toRepositoryError } from './locate-repository.ts';
import { writeTree } from './private-index.ts';

/**
 * The repository that `directory` is in: a checkout, a folder of one, a linked worktree or a bare repository.
 * Throws NOT_A_REPOSITORY, and GIT_MISSING where git is absent or too old. Every method throws REALITY_DISAGREES for
 * an object that is not there and GIT_FAILED for anything else git refuses.
 */
export async function openRepository({ directory }: { directory: string }): Promise<Repository> {
  const gitDirectory = await locateRepository(directory);
  const at = { gitDirectory, cwd: gitDirectory };
  const ask = <T>(parse: (output: string) => T, toArgs: () => readonly string[]) =>
    translate(async () => parse((await git(toArgs(), at)).stdout.toString()));

  return {
    gitDirectory,
    get stateDirectory() {
      const folder = join(gitDirectory, 'tamma');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    treeOf: (commit) =>
      translate(() =>
        gitText(['rev-parse', '--verify', '--end-of-options', `${checkSha(commit)}^{tree}`], at),
      ),
    listFiles: (treeish) =>
      ask(parseTree, () => ['ls-tree', '-r', '-z', '--long', '--full-tree', checkSha(treeish)]),
    readFile: (treeish, path) => translate(() => readFile(gitDirectory, treeish, path)),
    readBlobs: (shas) => translate(() => readBlobs(gitDirectory, shas)),
    writeBlob: (content) => translate(() => writeBlob(gitDirectory, content)),
    writeTree: (base, changes) => translate(() => writeTree(gitDirectory, base, changes)),
    commit: ({ tree, parents, message, author, date }) =>
      translate(() =>
        writeCommit(gitDirectory, {
          tree,
          parents,
          message,
          author,
          committer: author,
          date: new Date(date),
        }),
      ),
    log: (commit, { limit, exclude }) =>
      ask(parseLog, () => [
        ...[
          'log',
          '-z',
          `--format=${LOG_FORMAT}`,
          '--no-show-signature',
          '--no-mailmap',
          '--encoding=UTF-8',
          `--max-count=${limit}`,
        ],
        ...[
          '--end-of-options',
          checkSha(commit),
          ...(exclude === undefined ? [] : [`^${checkSha(exclude)}`]),
        ],
      ]),
    changes: (from, to) =>
      ask(parseChanges, () => [
        ...[
          'diff-tree',
          '-r',
          '-z',
          '--raw',
          '--no-abbrev',
          '--no-renames',
          '--no-ext-diff',
          '--no-textconv',
        ],
        ...['--end-of-options', checkSha(from), checkSha(to)],
      ]),
    patch: (from, to, options) => translate(() => readPatch(gitDirectory, { from, to, ...options })),
    isAncestor: (ancestor, descendant) =>
      translate(async () => {
        const args = ['merge-base', '--is-ancestor', checkSha(ancestor), checkSha(descendant)];
        return (await git(args, { ...at, allowExitCodes: [1] })).exitCode === 0;
      }),
    mergeBase: (a, b) => translate(() => findMergeBase(gitDirectory, a, b)),
    mergeTrees: (ours, theirs) => translate(() => mergeTrees(gitDirectory, ours, theirs)),
  };
}

async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toRepositoryError(error);
  }
}

/** A link, a folder and a submodule are no files. */
async function readFile(gitDirectory: string, treeish: Sha, path: string): Promise<Buffer | undefined> {
  const args = ['ls-tree', '-z', '--long', '--full-tree', checkSha(treeish), '--', path];
  const entries = parseTree((await git(args, { gitDirectory, cwd: gitDirectory })).stdout.toString());
  const entry = entries.find((candidate) => candidate.path === path && candidate.mode.startsWith('100'));
  if (!entry) return undefined;
  return (await readBlobs(gitDirectory, [entry.sha])).get(entry.sha);
}

async function readBlobs(gitDirectory: string, shas: readonly Sha[]): Promise<Map<Sha, Buffer>> {
  const found = await readObjects(gitDirectory, shas.map(checkSha));
  const missing = shas.find((sha) => !found.has(sha));
  if (missing === undefined) return found;
  throw new TammaError('REALITY_DISAGREES', `the object ${missing} is not in ${gitDirectory}`);
}

type PatchRequest = { from: Sha; to: Sha; maxBytes: number; paths?: readonly string[] };

/** No program of a repository's or a user's configuration is run for it: no textconv, no external diff. */
async function readPatch(gitDirectory: string, { from, to, maxBytes, paths }: PatchRequest): Promise<string> {
  const fixed = [
    '-r',
    '-p',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ];
  const args = [
    'diff-tree',
    ...fixed,
    '--end-of-options',
    checkSha(from),
    checkSha(to),
    ...(paths ? ['--', ...paths] : []),
  ];
  const { stdout, isCut } = await git(args, { gitDirectory, cwd: gitDirectory, maxOutputBytes: maxBytes });
  if (!isCut) return stdout.toString();
  const whole = stdout.subarray(0, stdout.lastIndexOf(10) + 1).toString();
  return `${whole}[the diff is longer than ${maxBytes} bytes and is cut here]\n`;
}

async function mergeTrees(gitDirectory: string, ours: Sha, theirs: Sha): Promise<TreeMerge> {
  const merged = await mergeCommits(gitDirectory, ours, theirs);
  if (merged.status !== 'unrelated') return merged;
  throw new TammaError('REALITY_DISAGREES', `${ours} and ${theirs} have no history in common`);
}
