import { type ErrorCode, TammaError } from '../../core/errors.ts';
import { GitError } from '../../lib/git.ts';

/**
 * What git's and the platforms' texts mean, first match wins. `transient`: trying again may help.
 * Sources: git's own messages in the C locale (push, fetch, remote-curl, refs) as git 2.39 gives them, GitHub's GH006
 * and GH013, the hooks of GitLab and Gitea.
 */
const failures: readonly {
  pattern: RegExp;
  code: ErrorCode;
  message: string;
  help?: string;
  transient?: true;
}[] = [
  {
    pattern: /No space left on device|Disk quota exceeded|ENOSPC/i,
    code: 'LOG_DISK_FULL',
    message: 'The disk is full',
  },
  {
    pattern: /not a git repository/i,
    code: 'NOT_A_REPOSITORY',
    message: 'There is no git repository',
  },
  {
    pattern:
      /GH006|GH013|hook declined|protected branch|not allowed to push|repository rule violations|remote rejected/i,
    code: 'LOG_REFUSED',
    message: 'The remote refused the push',
  },
  {
    pattern:
      /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|returned error: 40[13]|Permission denied \(|HTTP Basic: Access denied|Host key verification failed/i,
    code: 'LOG_UNREACHABLE',
    message: 'The remote refused the credentials',
    help: 'Check that the token is set, has not expired and may write contents (GitHub: `permissions: contents: write`).',
  },
  {
    pattern:
      /returned error: 404|repository '?.*'? not found|does not appear to be a git repository|Could not read from remote repository/i,
    code: 'LOG_UNREACHABLE',
    message: 'There is no such repository, or the credentials may not see it',
    help: 'Check the address of the remote and what the token may read.',
  },
  {
    pattern:
      /Could not resolve (?:host|proxy)|Failed to connect|Couldn't connect|Connection refused|No route to host|Network is unreachable/i,
    code: 'LOG_UNREACHABLE',
    message: 'The remote cannot be reached',
  },
  {
    pattern: /Read-only file system|Permission denied|insufficient permission/i,
    code: 'LOG_REFUSED',
    message: 'The repository cannot be written',
    help: 'Give this user write access to the repository.',
  },
  {
    pattern:
      /reference broken|unable to resolve reference|bad object|unable to stream|fsck error|is corrupt|inflate: data stream error/i,
    code: 'LOG_CORRUPT',
    message: 'The repository is damaged',
    help: 'Run `git fsck` there; restore the branch from a clone that verifies.',
  },
  {
    pattern: /returned error: 429/i,
    code: 'LOG_UNREACHABLE',
    message: 'The remote limits the rate',
    help: 'Run fewer loops at once, or keep the log in PostgreSQL.',
    transient: true,
  },
];

const unknown = {
  code: 'LOG_UNREACHABLE',
  message: 'git could not talk to the repository',
  help: undefined,
  transient: true,
} as const;

/** Any throw of a git command as an error of the log. `details.transient` says whether trying again may help. */
export function toLogError(thrown: unknown, place: string): TammaError {
  if (thrown instanceof TammaError) return thrown;
  if (isMissingProgram(thrown))
    return new TammaError('GIT_MISSING', 'git is not installed or not on PATH.', { cause: thrown });
  const text = hideCredentials(thrown instanceof GitError ? thrown.stderr : String(thrown));
  const { code, message, help, transient } = failures.find(({ pattern }) => pattern.test(text)) ?? unknown;
  return new TammaError(code, `${message} (${place}): ${toExcerpt(text)}`, {
    ...(help ? { help } : {}),
    details: { transient: transient ?? false, git: toExcerpt(text) },
    cause: thrown,
  });
}

export function isTransient(error: TammaError): boolean {
  return error.details.transient === true;
}

/** `https://user:secret@host/x` without what stands before the `@`. */
export function hideCredentials(text: string): string {
  return text.replaceAll(/\/\/[^@/\s]+@/g, '//');
}

/** The lines that say something, on one line. */
function toExcerpt(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^(?:remote: |fatal: |error: )+/, '').trim());
  return (
    lines
      .filter((line) => line && !line.startsWith('hint:'))
      .join(' · ')
      .slice(0, 1000) || 'git gave no reason'
  );
}

function isMissingProgram(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    thrown.code === 'ENOENT' &&
    'syscall' in thrown &&
    String(thrown.syscall).startsWith('spawn')
  );
}
