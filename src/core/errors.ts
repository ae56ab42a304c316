/**
 * Everything that can stop Tamma, with the exit code it ends in and what the reader should do next.
 * A code is a public name: logs, events and tests rely on it. Outcomes that are not failures (a red gate,
 * a lost claim, a refused approval) are return values and have no row here.
 */
export const errorCatalogue = {
  USAGE: { exit: 2, retryable: false, help: 'Run the command with --help to see what it takes.' },
  CONFIG_INVALID: {
    exit: 2,
    retryable: false,
    help: 'Mend the lines named above; `tamma config schema` prints the schema.',
  },
  CONFIG_UNREADABLE: {
    exit: 2,
    retryable: false,
    help: 'Check the path, or remove --config to use .tamma/config.yml of the default branch.',
  },
  KEY_MISSING: {
    exit: 2,
    retryable: false,
    help: 'Set the variable in the environment of this run, or choose another provider.',
  },
  ID_TOKEN_UNAVAILABLE: {
    exit: 2,
    retryable: false,
    help: 'Give the job `permissions: id-token: write` (runs of forks have no identity), or set a key.',
  },
  FEDERATION_REFUSED: {
    exit: 2,
    retryable: false,
    help: 'Compare the rule at the vendor with the identity above, or set a key.',
  },
  PROVIDER_UNKNOWN: {
    exit: 2,
    retryable: false,
    help: '`tamma providers` lists the names this configuration knows.',
  },
  NODE_TOO_OLD: {
    exit: 2,
    retryable: false,
    help: 'Run Tamma with the Node named above, or choose a provider of another wire.',
  },
  MODEL_PRICE_UNKNOWN: {
    exit: 2,
    retryable: false,
    help: 'Give the price under providers.<name>.price so that the budget can be kept.',
  },
  NOT_A_REPOSITORY: {
    exit: 2,
    retryable: false,
    help: 'Run inside a git repository, or name one with --repo DIR.',
  },
  REPOSITORY_EMPTY: { exit: 2, retryable: false, help: 'Make a first commit on the default branch.' },
  GIT_MISSING: { exit: 2, retryable: false, help: 'Install git 2.38 or newer and make sure it is on PATH.' },
  GIT_IDENTITY_MISSING: {
    exit: 2,
    retryable: false,
    help: 'Run: git config user.name "…" && git config user.email "…"',
  },
  GIT_FAILED: { exit: 1, retryable: false, help: 'Read what git said above; nothing was written.' },
  CHECKOUT_DIRTY: {
    exit: 2,
    retryable: true,
    help: 'Commit or stash the files named above, then repeat the command.',
  },
  CHECKOUT_LOCKED: {
    exit: 1,
    retryable: true,
    help: 'Wait for the other git command; if none is running, remove the lock file named above.',
  },
  SANDBOX_MISSING: {
    exit: 2,
    retryable: false,
    help: 'Install bubblewrap (apt-get install bubblewrap), or allow the risk with --sandbox best-effort.',
  },
  SANDBOX_FAILED: {
    exit: 1,
    retryable: true,
    help: 'Run `tamma doctor` to see which sandbox works on this machine, then repeat the command.',
  },
  ISSUE_NOT_FOUND: {
    exit: 2,
    retryable: false,
    help: 'Check the number; on plain git the file .tamma/issues/<number>.md must be committed on the default branch.',
  },
  ISSUE_INVALID: { exit: 2, retryable: false, help: 'Mend the front matter named above.' },
  ISSUE_NOT_ELIGIBLE: {
    exit: 2,
    retryable: false,
    help: 'Open the issue and give it one of the labels under labels.include, or name the issue yourself.',
  },
  COMMAND_REFUSED: {
    exit: 2,
    retryable: false,
    help: '`tamma status --issue N` shows what the issue is waiting for.',
  },
  NO_TEST_COMMAND: {
    exit: 2,
    retryable: false,
    help: 'Set commands.test in .tamma/config.yml; Tamma never merges untested code.',
  },
  PROVIDER_AUTH: {
    exit: 2,
    retryable: false,
    help: 'The key was refused: renew it, or check which variable the provider reads.',
  },
  PROVIDER_QUOTA: {
    exit: 1,
    retryable: false,
    help: 'The account has no quota left: raise it, or choose another provider.',
  },
  PROVIDER_UNREACHABLE: {
    exit: 1,
    retryable: true,
    help: 'Check the base URL and the network; the next run tries again.',
  },
  PROVIDER_OVERLOADED: {
    exit: 1,
    retryable: true,
    help: 'The provider asked to wait; the next run tries again.',
  },
  PROVIDER_RATE_LIMITED: {
    exit: 1,
    retryable: true,
    help: 'The provider limits the rate; the next run tries again.',
  },
  PROVIDER_INVALID_REQUEST: {
    exit: 1,
    retryable: false,
    help: 'The provider refused the request: check the model name and its limits.',
  },
  PROVIDER_CONTEXT_OVERFLOW: {
    exit: 1,
    retryable: false,
    help: 'The task is too large for this model: choose one with a larger context, or split the issue.',
  },
  PROVIDER_REFUSED: {
    exit: 1,
    retryable: false,
    help: 'The model declined the task: reword the issue, or take it over.',
  },
  PROVIDER_STREAM_BROKEN: {
    exit: 1,
    retryable: true,
    help: 'The answer was cut off; the next run tries again.',
  },
  RECORDING_MISMATCH: {
    exit: 1,
    retryable: false,
    help: 'The request is not the one that was recorded: record the session again.',
  },
  RECORDING_INVALID: { exit: 2, retryable: false, help: 'Record the session again.' },
  MODEL_OUTPUT_INVALID: {
    exit: 1,
    retryable: true,
    help: 'The model did not give an answer of the asked form; retry, or choose another model.',
  },
  AGENT_LIMIT: {
    exit: 1,
    retryable: true,
    help: 'The model used up its turns; retry, split the issue, or choose another model.',
  },
  BUDGET_EXCEEDED: {
    exit: 3,
    retryable: false,
    help: 'Raise the budget in the configuration, then `tamma retry`.',
  },
  PATH_REFUSED: {
    exit: 1,
    retryable: false,
    help: 'Use a relative path inside the repository that no rule protects.',
  },
  POLICY_VIOLATION: {
    exit: 3,
    retryable: false,
    help: 'A person must make this change, or take the issue over.',
  },
  REF_MOVED: {
    exit: 1,
    retryable: true,
    help: 'Somebody else moved the branch: look at it, then `tamma resume` or `tamma take-over`.',
  },
  REALITY_DISAGREES: {
    exit: 1,
    retryable: false,
    help: 'The log and the repository tell different stories: look at both before `tamma resume`.',
  },
  PLATFORM_AUTH: {
    exit: 2,
    retryable: false,
    help: 'The token was refused: renew it, and check that it may read and write this repository.',
  },
  APP_KEY_INVALID: {
    exit: 2,
    retryable: false,
    help: 'Check app-id and app-private-key: the id or client id on the page of the GitHub App, and a private key that was made there.',
  },
  APP_NOT_INSTALLED: {
    exit: 2,
    retryable: false,
    help: 'Install the GitHub App on this repository: its page, “Install App”; or take app-id and app-private-key out.',
  },
  APP_PERMISSION_MISSING: {
    exit: 2,
    retryable: false,
    help: 'Add the permissions in the settings of the GitHub App, then let an owner accept them.',
  },
  PLATFORM_REFUSED: {
    exit: 2,
    retryable: false,
    help: 'A rule of the repository or the token forbids this: allow it, or let a person do it.',
  },
  PLATFORM_UNREACHABLE: {
    exit: 1,
    retryable: true,
    help: 'Check the address and the network; the next run goes on from there.',
  },
  PLATFORM_RATE_LIMITED: {
    exit: 1,
    retryable: true,
    help: 'The platform asked to wait; the next run goes on from there.',
  },
  PLATFORM_PENDING: {
    exit: 1,
    retryable: true,
    help: 'The platform has taken the request and is not done with it; the next run looks again.',
  },
  PUBLISH_FAILED: {
    exit: 1,
    retryable: true,
    help: 'What was already written stays; the next run goes on from there.',
  },
  TICKET_REFUSED: {
    exit: 1,
    retryable: true,
    help: 'Nothing was written by this job; the next run decides anew from the log.',
  },
  HAND_OVER_DAMAGED: {
    exit: 1,
    retryable: true,
    help: 'Files between jobs were lost or changed on their way: look at the jobs of this run; the next run works the step again.',
  },
  HAND_OVER_REFUSED: {
    exit: 3,
    retryable: false,
    help: 'A job brought what its step may not bring: look at its log before `tamma retry`; somebody may have taken it over.',
  },
  VERIFY_FAILED: {
    exit: 1,
    retryable: true,
    help: 'The project’s own commands fail on the change where no model had a hand in it: see the job `verify`.',
  },
  INTERRUPTED: {
    exit: 1,
    retryable: true,
    help: 'Run the same command again: it goes on from what was recorded.',
  },
  LOG_CONFLICT: { exit: 1, retryable: true, help: 'Another run wrote first; repeat the command.' },
  LOG_CORRUPT: {
    exit: 4,
    retryable: false,
    help: '`tamma events verify` names every damaged line; restore the branch from a clone that verifies.',
  },
  LOG_UNREACHABLE: {
    exit: 1,
    retryable: true,
    help: 'Nothing continues unrecorded: make the log writable, then repeat the command.',
  },
  LOG_DISK_FULL: {
    exit: 1,
    retryable: true,
    help: 'Free some space, then repeat the command; nothing was lost.',
  },
  LOG_REFUSED: {
    exit: 1,
    retryable: false,
    help: 'Allow pushes to the branch tamma-events (rules “no deletion” and “no force push” may stay).',
  },
  CONTENT_CORRUPT: {
    exit: 4,
    retryable: false,
    help: 'The log is not concerned: restore this content from a copy (an artifact, a backup), or do without it.',
  },
  CONTENT_KEY_MISSING: {
    exit: 2,
    retryable: false,
    help: 'Put that key back into the variable of events.content.keyEnv, behind the newest one.',
  },
  CONTENT_KEY_INVALID: {
    exit: 2,
    retryable: false,
    help: 'Write `id:base64`, newest first, with commas between; `openssl rand -base64 32` makes a key.',
  },
  ANCHORS_UNREADABLE: {
    exit: 2,
    retryable: false,
    help: 'Mend or move the file; each line is <position>:<hash> as `tamma events verify` shows the head.',
  },
  SIGNING_KEY_INVALID: {
    exit: 2,
    retryable: false,
    help: 'Give an Ed25519 key; `openssl genpkey -algorithm ed25519` makes one.',
  },
  LOG_ARCHIVED: {
    exit: 2,
    retryable: false,
    help: 'Name the folder that holds the archive: --archive DIR, or the variable TAMMA_ARCHIVE_DIR.',
  },
  ARCHIVE_FAILED: {
    exit: 1,
    retryable: true,
    help: 'The log is as it was: mend the cause, then repeat the command.',
  },
  JOURNAL_DAMAGED: {
    exit: 1,
    retryable: false,
    help: 'Bring the file back as it was written, or move it away: what it holds is not in the log then.',
  },
  JOURNAL_FOREIGN: {
    exit: 2,
    retryable: false,
    help: 'Deliver it where it comes from: its first line names the place.',
  },
  IMPORT_REFUSED: {
    exit: 2,
    retryable: false,
    help: 'Import a whole log as `tamma events export --format ndjson` writes it, without a filter; nothing was written.',
  },
  BATCH_INVALID: {
    exit: 2,
    retryable: false,
    help: 'Mend what is named above; events-schema/ has the schema of every type.',
  },
  EVENT_INVALID: {
    exit: 1,
    retryable: false,
    help: 'This is a defect of Tamma: please report it with the text above.',
  },
  UNEXPECTED: {
    exit: 1,
    retryable: false,
    help: 'This is a defect of Tamma: please report it with the text above.',
  },
} as const satisfies Record<string, { exit: 1 | 2 | 3 | 4; retryable: boolean; help: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

export type ErrorOptions = {
  /** Overrides the catalogue's advice where the place of the error knows better. */
  help?: string;
  /** Machine-readable facts; redacted before they are stored or shown. */
  details?: Record<string, unknown>;
  /** Wait before a retry makes sense, in milliseconds, where the other side said so. */
  retryAfterMs?: number;
  cause?: unknown;
};

/** The one error type that crosses rooms. `message` says what happened and to what; `help` what to do next. */
export class TammaError extends Error {
  readonly code: ErrorCode;
  readonly help: string;
  readonly details: Record<string, unknown>;
  readonly retryable: boolean;
  readonly exitCode: 1 | 2 | 3 | 4;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    const row = errorCatalogue[code];
    this.name = 'TammaError';
    this.code = code;
    this.help = options.help ?? row.help;
    this.details = options.details ?? {};
    this.retryable = row.retryable;
    this.exitCode = row.exit;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Any thrown value as a TammaError; one that is not ours becomes LOG_DISK_FULL or UNEXPECTED and keeps its cause. */
export function toTammaError(thrown: unknown): TammaError {
  if (thrown instanceof TammaError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const { code } = thrown as { code?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new TammaError('LOG_DISK_FULL', message, { cause: thrown });
  return new TammaError('UNEXPECTED', message, { cause: thrown });
}
