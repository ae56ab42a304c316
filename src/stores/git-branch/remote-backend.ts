import { createHash } from 'node:crypto';
import { checkRef, checkSha, GitError, type GitOptions, git, gitText } from '../../lib/git.ts';
import type { Header } from '../../lib/git-header.ts';
import { createGitObjectReader, type GitObjectReader } from '../../lib/git-object-reader.ts';
import { readHistory, storeObjects } from './git-commands.ts';
import { hideCredentials, toLogError } from './git-failures.ts';
import type { BranchMove, LogBackend } from './log-backend.ts';
import { toPushOutcome } from './push-outcome.ts';
import { toRewritten } from './snapshot.ts';

export type Remote = {
  /** http, https, ssh or the path of a repository. */
  url: string;
  /** Value of the `Authorization` header, for http and https. */
  authorization?: Header;
  /** For ssh and proxies: `SSH_AUTH_SOCK`, `GIT_SSH_COMMAND`, `https_proxy`. */
  environment?: Readonly<Record<string, string>>;
};

export type RemoteOptions = { gitDirectory: string; branch: string; remote: Remote };

/** A dead connection is given up after half a minute without a byte; a first fetch of a large log may take its time. */
const NETWORK = { 'http.lowSpeedLimit': '1', 'http.lowSpeedTime': '30' };
const FETCH_TIMEOUT_MS = 600_000;
const PUSH_TIMEOUT_MS = 60_000;

type Context = {
  gitDirectory: string;
  reader: GitObjectReader;
  remote: Remote;
  place: string;
  /** The branch there. */
  ref: string;
  /** What we saw of it last: kept between processes, so that a rewritten branch is noticed. */
  seen: string;
  network: GitOptions;
};

/** The branch on a remote: one ref is fetched, and a push names the value the branch must have. */
export function createRemoteBackend({ gitDirectory, branch, remote }: RemoteOptions): LogBackend {
  const place = `branch ${branch} of ${hideCredentials(remote.url)}`;
  const key = createHash('sha256').update(remote.url).digest('hex').slice(0, 16);
  const reader = createGitObjectReader({ gitDirectory });
  const context: Context = {
    gitDirectory,
    reader,
    remote,
    place,
    ref: checkRef(`refs/heads/${branch}`),
    seen: checkRef(`refs/tamma/log/${key}/${branch}`),
    network: {
      gitDirectory,
      config: NETWORK,
      ...(remote.authorization ? { authorization: { url: remote.url, header: remote.authorization } } : {}),
      ...(remote.environment ? { env: remote.environment } : {}),
    },
  };
  const translate = <T>(act: Promise<T>): Promise<T> =>
    act.catch((error: unknown) => {
      throw toLogError(error, place);
    });
  return {
    place,
    sync: () => translate(fetchBranch(context)),
    read: (name) => translate(reader.read(name)),
    publish: (move) => translate(pushBranch(context, move)),
    history: (commit) => translate(readHistory(commit, { gitDirectory })),
    close: () => reader.close(),
  };
}

const FETCH = [
  'fetch',
  '--no-progress',
  '--no-tags',
  '--no-prune',
  '--no-write-fetch-head',
  '--no-auto-gc',
  '--no-recurse-submodules',
];

/** No `+` in the refspec: git itself refuses to follow a branch that went back. */
async function fetchBranch(context: Context, tries = 1): Promise<string | null> {
  const { remote, ref, seen, network, reader } = context;
  try {
    await git([...FETCH, '--end-of-options', remote.url, `${ref}:${seen}`], {
      ...network,
      timeoutMs: FETCH_TIMEOUT_MS,
    });
  } catch (error) {
    const text = error instanceof GitError ? error.stderr : '';
    if (/couldn't find remote ref/.test(text)) return checkNeverSeen(context);
    if (/\(non-fast-forward\)/.test(text)) return await judgeStepBack(context);
    // Another process of ours fetches into the same repository.
    if (/cannot lock ref|Unable to create '.*\.lock'/.test(text) && tries < 5)
      return fetchBranch(context, tries + 1);
    throw error;
  }
  return (await reader.read(seen))?.id ?? null;
}

async function checkNeverSeen({ place, reader, seen }: Context): Promise<null> {
  const known = await reader.read(seen);
  if (known) throw toRewritten(place, known.id, null);
  return null;
}

/**
 * A replica that lags behind shows an older head for a moment; a branch that lost its end shows it for good. So this is
 * worth another look (`details.transient`); a head that was never ours is not.
 */
async function judgeStepBack({
  gitDirectory,
  remote,
  ref,
  seen,
  network,
  reader,
  place,
}: Context): Promise<never> {
  const known = (await reader.read(seen))?.id ?? '';
  const listed = await gitText(['ls-remote', '--end-of-options', remote.url, ref], {
    ...network,
    timeoutMs: PUSH_TIMEOUT_MS,
  });
  const there = listed.split('\t')[0] ?? '';
  const isAncestor = await git(['merge-base', '--is-ancestor', checkSha(there), checkSha(known)], {
    gitDirectory,
    allowExitCodes: [0, 1, 128],
  });
  throw toRewritten(place, known, there, { transient: isAncestor.exitCode === 0 });
}

async function pushBranch(context: Context, { from, to, objects }: BranchMove) {
  const { gitDirectory, remote, ref, seen, network, place } = context;
  await storeObjects(objects, { gitDirectory });
  const lease = `--force-with-lease=${ref}:${from === null ? '' : checkSha(from)}`;
  const args = ['push', '--porcelain', '--no-verify', '--no-signed', lease, '--end-of-options', remote.url];
  const pushed = await git([...args, `${checkSha(to)}:${ref}`], {
    ...network,
    timeoutMs: PUSH_TIMEOUT_MS,
    allowExitCodes: [0, 1],
  }).catch((error: unknown) => ({ error }));
  if ('error' in pushed) return toPushOutcome(pushed.error, '', place);
  if (pushed.exitCode !== 0) {
    return toPushOutcome(
      new GitError(['push'], pushed.exitCode, pushed.stderr),
      pushed.stdout.toString(),
      place,
    );
  }
  // Only a help for later: where it fails, the next fetch brings the ref up to date.
  await git(['update-ref', seen, to, ...(from === null ? [] : [from])], {
    gitDirectory,
    allowExitCodes: [0, 1, 128],
  });
  return { status: 'published' as const };
}
