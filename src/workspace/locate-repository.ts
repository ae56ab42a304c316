import { stat } from 'node:fs/promises';
import { TammaError } from '../core/errors.ts';
import { GitError, gitText } from '../lib/git.ts';

/** The first git that merges in memory: `git merge-tree --write-tree` (release notes of 2.38). */
const OLDEST_GIT = [2, 38] as const;

/**
 * The absolute git directory of the repository that `directory` is in: shared by all worktrees, or the bare repository
 * itself. Throws NOT_A_REPOSITORY, GIT_MISSING.
 */
export async function locateRepository(directory: string): Promise<string> {
  const isFolder = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new TammaError('NOT_A_REPOSITORY', `there is no folder ${directory}`);
  await checkVersion(directory);
  return askGit(['rev-parse', '--path-format=absolute', '--git-common-dir'], directory);
}

async function askGit(args: readonly string[], directory: string): Promise<string> {
  try {
    return await gitText(args, { cwd: directory });
  } catch (error) {
    throw toLocateError(error, directory);
  }
}

function toLocateError(error: unknown, directory: string): TammaError {
  const isElsewhere = error instanceof GitError && /not a git repository/i.test(error.stderr);
  if (!isElsewhere) return toRepositoryError(error);
  return new TammaError('NOT_A_REPOSITORY', `${directory} is not in a git repository`, { cause: error });
}

/** Search paths whose git is new enough: it is asked once in a process. */
const checked = new Set<string | undefined>();

async function checkVersion(directory: string): Promise<void> {
  if (checked.has(process.env.PATH)) return;
  const text = await askGit(['version'], directory);
  const [major, minor] = /(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number) ?? [];
  const isKnown = major !== undefined && minor !== undefined;
  if (!isKnown || major < OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor < OLDEST_GIT[1])) {
    throw new TammaError(
      'GIT_MISSING',
      `${text} is too old: Tamma needs git ${OLDEST_GIT.join('.')} or newer`,
    );
  }
  checked.add(process.env.PATH);
}

/** What git says about an object that is not there, in its several commands. */
const MISSING =
  /bad object|not a (?:valid )?(?:tree|commit|object)|not something we can merge|could not (?:read|parse)|unable to read|unpack tree|missing|single revision|invalid object/i;

/** A failure of git as one of ours: GIT_MISSING, REALITY_DISAGREES for an object that is not there, else GIT_FAILED. */
export function toRepositoryError(error: unknown): TammaError {
  if (error instanceof TammaError) return error;
  if (!(error instanceof GitError)) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = isMissing ? 'there is no git on PATH' : String(error);
    return new TammaError(isMissing ? 'GIT_MISSING' : 'GIT_FAILED', message, { cause: error });
  }
  const code = MISSING.test(error.stderr) ? 'REALITY_DISAGREES' : 'GIT_FAILED';
  return new TammaError(code, error.message, { cause: error });
}
