import { checkRef, checkSha, GitError, git, gitText } from '../../lib/git.ts';
import { formatOf, type ObjectFormat } from '../../lib/git-object-format.ts';
import { hideCredentials, toLogError } from './git-failures.ts';
import type { BranchMove, LogBackend, ParkedRef, PublishOutcome, Sync } from './log-backend.ts';
import { createParts, type Parts } from './private-parts.ts';
import { openWhole, PUSH_TIMEOUT_MS, toNetwork } from './private-repository.ts';
import { toPushOutcome } from './push-outcome.ts';
import { INBOX, type Remote } from './remote.ts';
import type { SeenHead } from './seen-head.ts';
import { toRewritten } from './tip.ts';

export type { Remote };

export type RemoteOptions = {
  gitDirectory: string;
  branch: string;
  remote: Remote;
  /** What this machine saw of the branch last. */
  seen: SeenHead;
};

/**
 * The branch on a remote through the git command line: any address that git knows. Only what is asked for is fetched,
 * into a bare repository of our own; an append is one `git push`.
 */
export function createRemoteBackend(options: RemoteOptions): LogBackend {
  const { branch, remote } = options;
  const place = `branch ${branch} of ${hideCredentials(remote.url)}`;
  const parts = createParts(options);
  const context: Context = {
    ...options,
    place,
    parts,
    ref: checkRef(`refs/heads/${branch}`),
  };
  const translate = <T>(act: Promise<T>): Promise<T> =>
    act.catch((error: unknown) => {
      throw toLogError(error, place);
    });
  return {
    place,
    sync: (known, stop) => translate(sync(context, known, stop)),
    read: (ids, { below = false } = {}) => translate(parts.read(ids, below)),
    findFormat: () => translate(findFormat(context)),
    publish: (move) => translate(publish(context, move)),
    park: (batch) => translate(park(context, batch)),
    unpark: (refs) => translate(unpark(context, refs)),
    clone: (commit) => translate(openWhole(options, formatOf(commit))),
    close: () => parts.close(),
  };
}

type Context = RemoteOptions & { place: string; parts: Parts; ref: string };

/** One look at the refs; a second command only where the branch has moved. */
async function sync(
  { remote, ref, seen, place, parts }: Context,
  known: string | null,
  stop?: (parked: readonly ParkedRef[]) => boolean,
): Promise<Sync> {
  const refs = await listRefs(remote, [ref, `${INBOX}*`]);
  const commit = refs.get(ref) ?? null;
  const parked = [...refs].flatMap(([name, id]) => (name.startsWith(INBOX) ? [{ ref: name, id }] : []));
  if (stop?.(parked)) return { commit: known, parked };
  const before = known ?? (await seen.read());
  if (commit === null) {
    if (before !== null) throw toRewritten(place, before, null);
  } else if (commit !== known) {
    await parts.bring(commit, ref, before);
    if (before !== null && before !== commit) await checkFollows(parts, { before, commit, place });
    await seen.write(commit);
  }
  return { commit, parked };
}

/**
 * A replica that lags behind shows an older head for a moment; a branch that lost its end shows it for good. So this is
 * worth another look (`details.transient`); a head that was never ours is not.
 */
async function checkFollows(parts: Parts, step: { before: string; commit: string; place: string }) {
  const { before, commit, place } = step;
  if (await parts.leadsTo(commit, before)) return;
  throw toRewritten(place, before, commit, { transient: await parts.leadsTo(before, commit) });
}

async function listRefs(remote: Remote, patterns: readonly string[]): Promise<Map<string, string>> {
  const listed = await gitText(['ls-remote', '--quiet', '--end-of-options', remote.url, ...patterns], {
    ...toNetwork(remote),
    timeoutMs: PUSH_TIMEOUT_MS,
  });
  const lines = listed.split('\n').filter(Boolean);
  return new Map(lines.map((line) => line.split('\t').reverse() as [string, string]));
}

/** An empty repository does not say; the others name something. */
async function findFormat({ remote }: Context): Promise<ObjectFormat> {
  const [id = ''] = (await listRefs(remote, [])).values();
  return formatOf(id);
}

async function publish(context: Context, move: BranchMove): Promise<PublishOutcome> {
  const { from, to, objects, taken } = move;
  await context.parts.store(objects);
  const pushed = await push(context, [
    { ref: context.ref, from, to },
    ...taken.map(({ ref, id }) => ({ ref, from: id, to: null })),
  ]);
  if (pushed.status === 'published') await Promise.all([context.seen.write(to), context.parts.keep(to)]);
  return pushed;
}

async function park(context: Context, batch: ParkedRef & { objects: BranchMove['objects'] }) {
  await context.parts.store(batch.objects);
  return push(context, [{ ref: batch.ref, from: null, to: batch.id }]);
}

async function unpark(context: Context, refs: readonly ParkedRef[]): Promise<void> {
  await context.parts.store([]);
  for (const { ref, id } of refs) await push(context, [{ ref, from: id, to: null }]);
}

type RefUpdate = { ref: string; from: string | null; to: string | null };

/** All or nothing; each ref must have the value named. */
async function push(
  { remote, parts, place }: Context,
  updates: readonly RefUpdate[],
): Promise<PublishOutcome> {
  const leases = updates.map(
    ({ ref, from }) => `--force-with-lease=${checkRef(ref)}:${from === null ? '' : checkSha(from)}`,
  );
  const specs = updates.map(({ ref, to }) => `${to === null ? '' : checkSha(to)}:${ref}`);
  const atomic = updates.length > 1 ? ['--atomic'] : [];
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-signed',
    ...atomic,
    ...leases,
    '--end-of-options',
  ];
  const pushed = await git([...args, remote.url, ...specs], {
    ...toNetwork(remote),
    gitDirectory: parts.path,
    timeoutMs: PUSH_TIMEOUT_MS,
    allowExitCodes: [0, 1],
  }).catch((error: unknown) => ({ error }));
  if ('error' in pushed) return toPushOutcome(pushed.error, '', place);
  if (pushed.exitCode === 0) return { status: 'published' };
  const error = new GitError(['push'], pushed.exitCode, pushed.stderr);
  return toPushOutcome(error, pushed.stdout.toString(), place);
}
