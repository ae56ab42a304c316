import { TammaError } from '../../core/errors.ts';
import { GitError } from '../../lib/git.ts';
import { UNAUTHENTICATED } from '../../lib/git-header.ts';
import type { Remote } from './remote.ts';

/** What a remote's refusal means, by git's and the servers' words (LC_ALL=C). The first row that matches counts. */
const refusals = [
  {
    code: 'PLATFORM_REFUSED',
    words:
      /hook declined|protected branch|currently checked out|shallow update not allowed|deletion of the current branch/,
  },
  { code: 'PLATFORM_AUTH', words: UNAUTHENTICATED },
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

const NOT_SEEN =
  'Check the address of the remote, and that the token may read it: in a workflow it takes `contents: write` under `permissions`.';

/** What git says where the server asks for a token, and nobody is there to type one: no word about the token it was given. */
const PROMPT = /could not read (?:Username|Password)/;

/** A failed network command as an error of the catalogue; anything else as it is. */
export function toRemoteError(error: unknown, { url, options }: Remote): unknown {
  if (!(error instanceof GitError)) return error;
  const text = error.stderr;
  const code = refusals.find(({ words }) => words.test(text))?.code ?? 'PLATFORM_UNREACHABLE';
  const said = text.split('\n').filter((line) => /^(?:fatal|error|remote|!)/.test(line.trim()));
  return new TammaError(
    code,
    `git ${error.args[0]} at ${url}: ${PROMPT.test(text) ? describePrompt(options) : (said.join(' ') || text).trim().slice(0, 500)}`,
    {
      ...(code === 'NOT_A_REPOSITORY' ? { help: NOT_SEEN } : {}),
      cause: error,
    },
  );
}

function describePrompt({ authorization }: Remote['options']): string {
  return authorization ? 'the token was refused' : 'it asks for a token, and there is none';
}
