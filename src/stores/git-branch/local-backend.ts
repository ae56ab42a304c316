import { TammaError } from '../../core/errors.ts';
import { checkRef, checkSha, GitError, git } from '../../lib/git.ts';
import { createGitObjectReader } from '../../lib/git-object-reader.ts';
import { storeObjects } from './git-commands.ts';
import { toLogError } from './git-failures.ts';
import type { LogBackend, PublishOutcome } from './log-backend.ts';
import { readWithBelow } from './read-with-below.ts';

export type LocalOptions = { gitDirectory: string; branch: string };

/** How long git itself waits for the lock of a ref before it gives up (git-config(1), core.filesRefLockTimeout). */
const LOCK_TIMEOUT_MS = 300;

/** The empty tree is there in every repository, under the name that the repository's format gives it. */
const EMPTY_TREE_SHA1 = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The branch as a ref of this repository, moved by `git update-ref` with the value it must have. */
export function createLocalBackend({ gitDirectory, branch }: LocalOptions): LogBackend {
  const ref = checkRef(`refs/heads/${branch}`);
  const place = `branch ${branch} of ${gitDirectory}`;
  const config = { 'core.filesRefLockTimeout': String(LOCK_TIMEOUT_MS) };
  const reader = createGitObjectReader({ gitDirectory });

  async function findHead(): Promise<string | null> {
    const object = await reader.read(ref);
    return object?.type === 'commit' ? object.id : checkAbsent();
  }

  /** A ref that cannot be read must not pass for an empty log; one that came into being meanwhile must not pass for damage. */
  async function checkAbsent(): Promise<string | null> {
    const listed = await git(['for-each-ref', '--format=%(objectname)', ref], {
      gitDirectory,
      allowExitCodes: [0, 1, 128],
    });
    const text = `${listed.stdout.toString()}${listed.stderr}`.trim();
    if (text === '') return null;
    const object = await reader.read(ref);
    if (object?.type === 'commit') return object.id;
    throw new TammaError('LOG_CORRUPT', `${place} cannot be read: ${text}`, {
      help: 'Run `git fsck` there; restore the branch from a clone that verifies.',
    });
  }

  const translate = <T>(act: Promise<T>): Promise<T> =>
    act.catch((error: unknown) => {
      throw toLogError(error, place);
    });

  return {
    place,
    sync: () => translate(findHead().then((commit) => ({ commit, parked: [] }))),
    read: (ids, { below = false } = {}) => translate(readWithBelow((id) => reader.read(id), ids, below)),
    findFormat: () => translate(reader.read(EMPTY_TREE_SHA1).then((tree) => (tree ? 'sha1' : 'sha256'))),
    async publish({ from, to, objects }) {
      const before = from === null ? '0'.repeat(to.length) : checkSha(from);
      try {
        await storeObjects(objects, { gitDirectory });
        await git(['update-ref', '-m', 'tamma: append', ref, checkSha(to), before], { gitDirectory, config });
        return { status: 'published' };
      } catch (error) {
        return toRejection(error, place);
      }
    },
    clone: () => Promise.resolve({ gitDirectory }),
    close: () => reader.close(),
  };
}

/** Messages of git's files backend (refs/files-backend.c). */
function toRejection(error: unknown, place: string): PublishOutcome {
  const text = error instanceof GitError ? error.stderr : '';
  const lock = /Unable to create '([^']+\.lock)': File exists/.exec(text)?.[1];
  if (lock) return { status: 'locked', reason: `the lock ${lock} is held`, lock };
  if (/is at [0-9a-f]+ but expected|reference already exists|but expected [0-9a-f]+/.test(text)) {
    return { status: 'raced', reason: 'another append was first' };
  }
  throw toLogError(error, place);
}
