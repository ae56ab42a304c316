import { type ErrorCode, TammaError } from '../../core/errors.ts';
import { GitError } from '../../lib/git.ts';
import { GitWireError, type WireFailure } from '../../lib/git-wire/wire-error.ts';
import { toLogError } from './git-failures.ts';

type Meaning = { code: ErrorCode; message: string; help?: string; transient?: true };

const CREDENTIALS =
  'Check that the token is set, has not expired and may write contents (GitHub: `permissions: contents: write`).';

/** What a failed conversation means for the log. `transient`: trying again may help. */
const meanings = {
  unreachable: { code: 'LOG_UNREACHABLE', message: 'The remote cannot be reached' },
  lost: { code: 'LOG_UNREACHABLE', message: 'The remote did not answer', transient: true },
  server: { code: 'LOG_UNREACHABLE', message: 'The remote is in trouble', transient: true },
  unauthenticated: {
    code: 'LOG_UNREACHABLE',
    message: 'The remote refused the credentials',
    help: CREDENTIALS,
  },
  forbidden: { code: 'LOG_UNREACHABLE', message: 'The remote refused the credentials', help: CREDENTIALS },
  missing: {
    code: 'LOG_UNREACHABLE',
    message: 'There is no such repository, or the credentials may not see it',
    help: 'Check the address of the remote and what the token may read.',
  },
  limited: {
    code: 'LOG_UNREACHABLE',
    message: 'The remote limits the rate',
    help: 'Run fewer loops at once, or keep the log in PostgreSQL.',
    transient: true,
  },
  'no-object': {
    code: 'LOG_CORRUPT',
    message: 'The remote does not give an object of the log',
    help: 'Run `git fsck` there; restore the branch from a clone that verifies.',
  },
  unsupported: {
    code: 'LOG_UNREACHABLE',
    message: 'The remote cannot be used without git',
    help: 'Set `events.transport: git`.',
  },
  untrusted: {
    code: 'LOG_UNREACHABLE',
    message: 'The certificate of the remote is not trusted',
    help: 'Name your authority’s certificate in NODE_EXTRA_CA_CERTS, or set `events.transport: git`.',
  },
  redirected: {
    code: 'LOG_UNREACHABLE',
    message: 'The remote has moved',
    help: 'Set the new address: `git remote set-url`.',
  },
  protocol: {
    code: 'LOG_UNREACHABLE',
    message: 'The remote gave an answer that is no git',
    help: 'Check the address of the remote and what stands between; `events.transport: git` uses git instead.',
  },
  'too-large': {
    code: 'LOG_UNREACHABLE',
    message: 'The remote sent more than Tamma takes, or refuses what is so large',
    help: 'Set `events.transport: git`.',
  },
} as const satisfies Record<Exclude<WireFailure, 'refused'>, Meaning>;

/** Any throw of the wire client as an error of the log. `details.transient` says whether trying again may help. */
export function toWireLogError(thrown: unknown, place: string): TammaError {
  if (!(thrown instanceof GitWireError)) return toLogError(thrown, place);
  // The words are git's own, so they mean what they mean elsewhere.
  if (thrown.kind === 'refused') return toLogError(new GitError(['remote'], 1, thrown.message), place);
  const { code, message, help, transient }: Meaning = meanings[thrown.kind];
  return new TammaError(code, `${message} (${place}): ${thrown.message}`, {
    ...(help ? { help } : {}),
    details: { transient: transient ?? false, git: thrown.message },
    ...(thrown.retryAfterMs === undefined ? {} : { retryAfterMs: thrown.retryAfterMs }),
    cause: thrown,
  });
}
