import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { TammaError } from '../../core/errors.ts';
import { checkSha, GitError, type GitOptions, git, gitText, isLocked } from '../../lib/git.ts';
import { findPrograms } from '../../lib/git-objects.ts';
import { waitWithJitter } from '../../lib/jitter.ts';

/** Somebody's work tree, and the git directory that holds its HEAD and index. */
export type Checkout = { directory: string; gitDirectory: string };

export type Step = { from: string; to: string };

/** The work tree that holds `directory`; throws NOT_A_REPOSITORY. */
export async function getCheckout(directory: string): Promise<Checkout> {
  try {
    const found = await gitText(['rev-parse', '--show-toplevel', '--absolute-git-dir'], { cwd: directory });
    const [root = '', gitDirectory = ''] = found.split('\n');
    return { directory: root, gitDirectory };
  } catch (cause) {
    throw toNoCheckout(directory, cause);
  }
}

function toNoCheckout(directory: string, cause: unknown): TammaError {
  return new TammaError('NOT_A_REPOSITORY', `${directory} is not the work tree of a git repository`, {
    cause,
  });
}

/** The work tree that stands on this branch, if one does: git allows one at a time. */
export async function findCheckout(
  gitDirectory: string,
  known: Checkout | null,
  ref: string,
): Promise<Checkout | undefined> {
  if (known && (await isStandingOn(known, ref))) return known;
  const listed = await gitText(['worktree', 'list', '--porcelain', '-z'], { gitDirectory });
  for (const entry of listed.split('\0\0')) {
    const lines = entry.split('\0');
    const path = lines[0]?.replace(/^worktree /, '');
    if (!path || !lines.includes(`branch ${ref}`) || lines.some((line) => /^prunable\b/.test(line))) continue;
    return getCheckout(path);
  }
  return undefined;
}

/** False also where the checkout is gone. */
export async function isStandingOn({ gitDirectory }: Checkout, ref: string): Promise<boolean> {
  return (
    (await gitText(['symbolic-ref', '--quiet', 'HEAD'], { gitDirectory, allowExitCodes: [0, 1, 128] })) ===
    ref
  );
}

/**
 * Whether the checkout can follow the branch from one commit to the other without losing anything of its owner's.
 * Writes nothing but refreshed time stamps in the index. Throws CHECKOUT_DIRTY naming the files, CHECKOUT_LOCKED.
 */
export async function checkCanFollow(checkout: Checkout, step: Step): Promise<void> {
  try {
    await tryToFollow(checkout, step);
  } catch (first) {
    if (!(first instanceof GitError)) throw first;
    // A file that was only touched counts as changed until git has looked at its content.
    await runInCheckout(checkout, ['update-index', '--refresh'], { allowExitCodes: [0, 1] });
    try {
      await tryToFollow(checkout, step);
    } catch (error) {
      throw await toDirty(checkout, step, error);
    }
  }
}

/** Compares time stamps and ids only, so there is no filter to disarm. */
function tryToFollow(checkout: Checkout, { from, to }: Step): Promise<string> {
  const args = ['read-tree', '-m', '-u', '--dry-run', checkSha(from), checkSha(to)];
  return runInCheckout(checkout, args, { config: {} });
}

/**
 * Brings index and files from one commit to the other; unrelated changes of the owner stay. No filter of the user's
 * configuration runs on content a model may have written: files come as they are in the repository, so with git-lfs
 * the person runs `git lfs pull` as after any pull without it. Throws CHECKOUT_DIRTY, CHECKOUT_LOCKED.
 */
export async function followBranch(checkout: Checkout, step: Step): Promise<void> {
  try {
    await runInCheckout(checkout, ['read-tree', '-m', '-u', checkSha(step.from), checkSha(step.to)]);
  } catch (error) {
    throw await toDirty(checkout, step, error);
  }
}

/** Runs a git command on the index and files of a checkout; another command's index lock is waited for. */
export async function runInCheckout(
  checkout: Checkout,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const { gitDirectory, directory } = checkout;
  const config = options.config ?? (await findPrograms(gitDirectory));
  const env = { GIT_WORK_TREE: directory };
  for (let attempt = 0; ; attempt += 1) {
    try {
      return (await git(args, { gitDirectory, cwd: directory, env, ...options, config })).stdout.toString();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (attempt >= 8) throw toLocked(checkout, error);
      await waitWithJitter(attempt);
    }
  }
}

/** The paths that differ between the two commits, with the side that is new (null: deleted). */
export async function listChanges(
  { gitDirectory }: Checkout,
  { from, to }: Step,
): Promise<Map<string, string | null>> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--no-ext-diff', checkSha(from), checkSha(to)];
  const parts = (await git(args, { gitDirectory })).stdout.toString().split('\0');
  const changes = new Map<string, string | null>();
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, , , blob = '', status] = (parts[index] ?? '').split(' ');
    changes.set(parts[index + 1] ?? '', status === 'D' ? null : blob);
  }
  return changes;
}

async function toDirty(checkout: Checkout, step: Step, error: unknown): Promise<unknown> {
  if (!(error instanceof GitError)) return error;
  const files = await listInTheWay(checkout, step);
  const names = files.length > 0 ? files.join(', ') : error.stderr.trim();
  return new TammaError('CHECKOUT_DIRTY', `changes in ${checkout.directory} would be lost: ${names}`, {
    details: { directory: checkout.directory, files },
    cause: error,
  });
}

/** What the owner changed, staged or left untracked among the files that the branch changes. */
async function listInTheWay(checkout: Checkout, step: Step): Promise<string[]> {
  const changes = await listChanges(checkout, step);
  const local = await runInCheckout(checkout, ['diff-index', '--name-only', '-z', checkSha(step.from)]);
  const touched = new Set(local.split('\0'));
  const tracked = new Set((await runInCheckout(checkout, ['ls-files', '-z'])).split('\0'));
  const found: string[] = [];
  for (const [path, blob] of changes) {
    const untracked = blob !== null && !tracked.has(path) && (await exists(join(checkout.directory, path)));
    if (touched.has(path) || untracked) found.push(path);
  }
  return found;
}

export function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function toLocked({ directory }: Checkout, cause: unknown): TammaError {
  const lock = /'([^']+\.lock)'/.exec(cause instanceof GitError ? cause.stderr : '')?.[1] ?? 'index.lock';
  return new TammaError('CHECKOUT_LOCKED', `another git command works in ${directory}: ${lock} exists`, {
    cause,
  });
}
