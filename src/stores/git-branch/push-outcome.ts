import { GitError } from '../../lib/git.ts';
import { isTransient, toLogError } from './git-failures.ts';
import type { PublishOutcome } from './log-backend.ts';

/**
 * What a failed `git push --porcelain` means (git-push(1), "OUTPUT"): its line of the ref, or its last words where there
 * is none. Throws where the answer is final.
 */
export function toPushOutcome(error: unknown, stdout: string, place: string): PublishOutcome {
  const summary = /^!\t\S*:\S*\t(.*)$/m.exec(stdout)?.[1];
  const text = error instanceof GitError ? error.stderr : '';
  const lock = /Unable to create '([^']+\.lock)': File exists/.exec(text)?.[1];
  if (summary === undefined) {
    const failure = toLogError(error, place);
    if (isTransient(failure)) return { status: 'unknown', reason: failure.message };
    throw failure;
  }
  if (summary.startsWith('[remote failure]')) return { status: 'unknown', reason: summary };
  if (lock) return { status: 'locked', reason: `the remote's lock ${lock} is held`, lock };
  if (RACED.test(summary)) return { status: 'raced', reason: summary };
  if (LOCKED.test(summary)) return { status: 'locked', reason: summary };
  throw toLogError(new GitError(['push'], 1, `${text}\n${summary}`), place);
}

const RACED =
  /^\[rejected\]|but expected|\((?:incorrect old value provided|fetch first|non-fast-forward|reference already exists)/;
/** A server says no more than this both to the loser of a race and to whoever meets a lock that was left behind. */
const LOCKED = /\((?:cannot lock ref|failed to update ref|failed to lock)/;
