import { TammaError } from '../../core/errors.ts';
import { checkRef, checkSha, FETCH_DEPTH, GitError, git, gitText, isLocked } from '../../lib/git.ts';
import { hasCommit } from '../../lib/git-objects.ts';
import { waitWithJitter } from '../../lib/jitter.ts';
import { once } from '../../lib/once.ts';
import type { Refs, Swap, SwapResult } from './refs.ts';
import type { Remote } from './remote.ts';
import { isLostRace, toRemoteError } from './remote-errors.ts';

export type RemoteRefsOptions = { gitDirectory: string; remote: Remote; defaultBranch?: string | undefined };

/** The refs of a remote. The local repository only lends its object database; its own branches stay as they are. */
export function createRemoteRefs({ gitDirectory, remote, defaultBranch }: RemoteRefsOptions): Refs {
  const depth = once(() => findDepth(remote));

  function list(...names: string[]): Promise<string> {
    return runNetwork(remote, ['ls-remote', '--symref', '--', remote.url, ...names]);
  }

  /**
   * Whether the commit is here now. Under a ref of our own it is there to negotiate the next fetch with, and no `gc` of
   * the user takes it; where another run moves that ref at the same moment, the objects may have come all the same.
   */
  async function fetchCommit(ref: string, sha: string): Promise<boolean> {
    if (await hasCommit(gitDirectory, sha)) return true;
    try {
      await git(['fetch', ...FETCH, ...(await depth()), '--', remote.url, toRefspec(ref)], remote.options);
    } catch (error) {
      if (!isLostRace(error) && !isLocked(error)) throw toRemoteError(error, remote);
    }
    return hasCommit(gitDirectory, sha);
  }

  async function find(ref: string): Promise<string | undefined> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const sha = findSha(await list(checkRef(ref)), ref);
      if (!sha || (await fetchCommit(ref, checkSha(sha)))) return sha;
      await waitWithJitter(attempt, 50);
    }
    throw new TammaError('REF_MOVED', `${ref} at ${remote.url} is rewritten faster than it can be read`);
  }

  async function findDefault(): Promise<{ name: string; head: string }> {
    const listed = await list(defaultBranch ? `refs/heads/${defaultBranch}` : 'HEAD');
    const ref = defaultBranch ? `refs/heads/${defaultBranch}` : /^ref: (\S+)\tHEAD$/m.exec(listed)?.[1];
    const head = ref && findSha(listed, defaultBranch ? ref : 'HEAD');
    if (!ref || !head) {
      throw new TammaError(
        'REPOSITORY_EMPTY',
        `${remote.url} has no commit on ${defaultBranch ?? 'its default branch'}`,
      );
    }
    const there = await fetchCommit(checkRef(ref), checkSha(head));
    return { name: ref.slice('refs/heads/'.length), head: there ? head : ((await find(ref)) ?? head) };
  }

  async function swap({ ref, from, to }: Swap): Promise<SwapResult> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        // The server's own report on the ref, which comes after it has moved (git-push(1), "--porcelain").
        await push(remote, { ref: checkRef(ref), from, to });
        return { status: 'done' };
      } catch (error) {
        // A refusal, a lost race or a cut connection: what the ref says now tells whether the push came through.
        const head = findSha(await list(ref), ref) ?? null;
        if (head === to) return { status: 'done' };
        if (head !== from) return { status: 'moved', head };
        if (attempt >= 5 || !isLostRace(error)) throw toRemoteError(error, remote);
        await waitWithJitter(attempt, 50);
      }
    }
  }

  return {
    place: remote.url,
    isRemote: true,
    find,
    findDefault,
    swap,
    deepen: (refs) => deepen(remote, refs),
    bring: (sha) => bring(gitDirectory, remote, sha),
  };
}

const FETCH = ['--quiet', '--no-tags', '--no-write-fetch-head', '--refmap='] as const;

function toRefspec(ref: string): string {
  return `+${checkRef(ref)}:${checkRef(`refs/tamma/remote/${ref.slice('refs/'.length)}`)}`;
}

/** git-ls-remote(1) matches the end of a name, so there may be more lines than asked for. */
function findSha(listed: string, name: string): string | undefined {
  return listed
    .split('\n')
    .find((line) => line.endsWith(`\t${name}`) && !line.startsWith('ref: '))
    ?.split('\t')[0];
}

async function push(remote: Remote, { ref, from, to }: Swap): Promise<void> {
  const lease = `--force-with-lease=${ref}:${from === null ? '' : checkSha(from)}`;
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    lease,
    '--',
    remote.url,
    `${to === null ? '' : checkSha(to)}:${ref}`,
  ];
  const result = await git(args, { ...remote.options, allowExitCodes: [0, 1] });
  // A rejected ref is told on stdout, everything else on stderr.
  if (result.exitCode !== 0)
    throw new GitError(args, result.exitCode, `${result.stdout.toString()}${result.stderr}`);
}

async function deepen(remote: Remote, refs: readonly string[]): Promise<boolean> {
  if (!(await isShallow(remote))) return false;
  await runNetwork(remote, ['fetch', ...FETCH, '--unshallow', '--', remote.url, ...refs.map(toRefspec)]);
  return true;
}

async function findDepth({ options }: Remote): Promise<string[]> {
  const depth = await gitText(['config', '--get', FETCH_DEPTH], { ...options, allowExitCodes: [0, 1] });
  return /^[1-9]\d{0,5}$/.test(depth) ? [`--depth=${depth}`] : [];
}

async function isShallow(remote: Remote): Promise<boolean> {
  return (await gitText(['rev-parse', '--is-shallow-repository'], remote.options)) === 'true';
}

/** By its id, which servers give out for what a branch reaches. A clone that is whole stays so. */
async function bring(gitDirectory: string, remote: Remote, sha: string): Promise<boolean> {
  if (await hasCommit(gitDirectory, checkSha(sha))) return true;
  try {
    const depth = (await isShallow(remote)) ? ['--depth=20'] : await findDepth(remote);
    await git(['fetch', ...FETCH, ...depth, '--', remote.url, sha], remote.options);
  } catch (error) {
    if (!isRefused(error)) throw toRemoteError(error, remote);
  }
  return hasCommit(gitDirectory, sha);
}

function isRefused(error: unknown): boolean {
  return error instanceof GitError && /not our ref|remote error: upload-pack/.test(error.stderr);
}

async function runNetwork(remote: Remote, args: readonly string[]): Promise<string> {
  try {
    return (await git(args, remote.options)).stdout.toString();
  } catch (error) {
    throw toRemoteError(error, remote);
  }
}
