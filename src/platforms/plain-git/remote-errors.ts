import { TammaError } from '../../core/errors.ts';
import { GitError } from '../../lib/git.ts';

/** What a remote's refusal means, by git's and the servers' words (LC_ALL=C). The first row that matches counts. */
const refusals = [
  {
    code: 'PLATFORM_REFUSED',
    words:
      /hook declined|protected branch|currently checked out|shallow update not allowed|deletion of the current branch/,
  },
  {
    code: 'PLATFORM_AUTH',
    words:
      /Authentication failed|could not read (?:Username|Password)|returned error: 401|Permission denied \(/,
  },
  {
    code: 'PLATFORM_REFUSED',
    words: /returned error: 403|Permission to .* denied|Permission denied|read-only|not allowed/,
  },
  {
    code: 'NOT_A_REPOSITORY',
    words: /not found|does not appear to be a git repository|does not exist|returned error: 404/,
  },
] as const;

/** Somebody else was first, in the words of git's client and of its servers. */
const RACE =
  /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|reference already exists|incorrect old value|is at [0-9a-f]{40}/;

/** What to try again after looking at the ref once more. A refusal and a lost race both come as a failed push. */
export function isLostRace(error: unknown): boolean {
  return error instanceof GitError && RACE.test(error.stderr) && !refusals[0].words.test(error.stderr);
}

/** A failed network command as an error of the catalogue; anything else as it is. `place` is the remote, for people. */
export function toRemoteError(error: unknown, place: string): unknown {
  if (!(error instanceof GitError)) return error;
  const text = error.stderr;
  const code = refusals.find(({ words }) => words.test(text))?.code ?? 'PLATFORM_UNREACHABLE';
  const said = text.split('\n').filter((line) => /^(?:fatal|error|remote|!)/.test(line.trim()));
  return new TammaError(
    code,
    `git ${error.args[0]} at ${place}: ${(said.join(' ') || text).trim().slice(0, 500)}`,
    { cause: error },
  );
}
