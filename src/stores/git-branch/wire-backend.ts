import { checkRef } from '../../lib/git.ts';
import { createGitWire, type GitWire, type GitWireOptions } from '../../lib/git-wire/git-wire.ts';
import { GitWireError } from '../../lib/git-wire/wire-error.ts';
import { hideCredentials } from './git-failures.ts';
import type { BranchMove, LogBackend, PublishOutcome, Sync } from './log-backend.ts';
import { INBOX, type Remote } from './remote.ts';
import type { SeenHead } from './seen-head.ts';
import { toRewritten } from './tip.ts';
import { toWireLogError } from './wire-failures.ts';
import { createWireObjects, type WireObjects } from './wire-objects.ts';
import { publishMove, publishParked, removeParked } from './wire-push.ts';

export type WireBackendOptions = {
  branch: string;
  /** Over http or https. */
  remote: Remote;
  /** What this machine saw of the branch last. */
  seen: SeenHead;
  /** The same branch through git: for servers that this client cannot use, and for whole histories. */
  openGit: () => LogBackend;
  /** Told once, where git has to do it. */
  onFallback?: (reason: string) => void;
  /** Told of every request. */
  observe?: GitWireOptions['observe'];
};

/** What git may be able to do where this client is not. */
const FALLBACK = new Set(['unsupported', 'untrusted', 'too-large']);

/** The branch on a remote over http, without any process here: one request asks for its head, one appends. */
export function createWireBackend(options: WireBackendOptions): LogBackend {
  const { remote, branch, openGit, onFallback } = options;
  const place = `branch ${branch} of ${hideCredentials(remote.url)}`;
  const wire = openWire(options, place);
  const context = {
    ...options,
    wire,
    place,
    ref: checkRef(`refs/heads/${branch}`),
    objects: createWireObjects(wire),
  };
  let git: LogBackend | undefined;
  let isFallenBack = false;

  function useGit(): LogBackend {
    git ??= openGit();
    return git;
  }

  /** Reads may be repeated through git. */
  async function reading<T>(here: () => Promise<T>, there: (backend: LogBackend) => Promise<T>): Promise<T> {
    if (isFallenBack) return there(useGit());
    try {
      return await here();
    } catch (error) {
      if (!(error instanceof GitWireError && FALLBACK.has(error.kind))) throw toWireLogError(error, place);
      isFallenBack = true;
      onFallback?.(`${place} is used through git: ${error.message}`);
      return there(useGit());
    }
  }

  return {
    place,
    sync: (known, stop) =>
      reading(
        () => sync(context, known, stop),
        (backend) => backend.sync(known, stop),
      ),
    read: (ids, more) =>
      reading(
        () => context.objects.read(ids, more?.below ?? false),
        (backend) => backend.read(ids, more),
      ),
    findFormat: () =>
      reading(
        async () => (await wire.listRefs([context.ref])).format,
        (backend) => backend.findFormat(),
      ),
    publish: (move) => (isFallenBack ? useGit().publish(move) : publish(context, move)),
    async park(batch) {
      if (!isFallenBack) return publishParked(context, batch);
      return (await useGit().park?.(batch)) ?? { status: 'raced', reason: 'nothing is parked there' };
    },
    async unpark(refs) {
      if (isFallenBack) await useGit().unpark?.(refs);
      else await removeParked(context, refs);
    },
    clone: (commit) => useGit().clone(commit),
    close() {
      wire.close();
      git?.close();
    },
  };
}

function openWire({ remote, observe }: WireBackendOptions, place: string): GitWire {
  try {
    return createGitWire({ ...remote, ...(observe ? { observe } : {}) });
  } catch (error) {
    throw toWireLogError(error, place);
  }
}

type Context = Omit<WireBackendOptions, 'observe'> & {
  wire: GitWire;
  place: string;
  ref: string;
  objects: WireObjects;
};

async function sync(
  context: Context,
  known: string | null,
  stop?: Parameters<LogBackend['sync']>[1],
): Promise<Sync> {
  const { wire, ref, seen, place } = context;
  const { refs } = await wire.listRefs([ref, INBOX]);
  const commit = refs.get(ref) ?? null;
  const parked = [...refs].flatMap(([name, id]) => (name.startsWith(INBOX) ? [{ ref: name, id }] : []));
  if (stop?.(parked)) return { commit: known, parked };
  const before = known ?? (await seen.read());
  if (commit === null && before !== null) throw toRewritten(place, before, null);
  if (commit !== null && commit !== known) {
    await bringCommit(context, commit, { before, isLive: known !== null });
    await seen.write(commit);
  }
  return { commit, parked };
}

type Before = { before: string | null; isLive: boolean };

/**
 * The head and what lies between it and what was seen before. Who follows the branch gets everything that is new in one
 * request; who comes back after a while gets the commits, to see that they follow from each other.
 */
async function bringCommit({ wire, objects, place }: Context, commit: string, { before, isLive }: Before) {
  const news =
    before === null || before === commit
      ? await wire.fetch({ wants: [commit], depth: 1, filter: 'tree:0' })
      : await wire.fetch({
          wants: [commit],
          haves: [before],
          shallow: [before],
          ...(isLive ? {} : { filter: 'tree:0' as const }),
        });
  objects.keep(news.objects);
  if (before === null || before === commit) return;
  const fetched = new Map(news.objects.map((object) => [object.id, object.content]));
  if (leadsTo(commit, before, fetched)) return;
  const back = await wire
    .fetch({ wants: [before], haves: [commit], filter: 'tree:0' })
    .catch(() => ({ objects: [] }));
  // A replica that lags behind shows an older head for a moment; a branch that lost its end shows it for good.
  const transient = leadsTo(before, commit, new Map(back.objects.map(({ id, content }) => [id, content])));
  throw toRewritten(place, before, commit, { transient });
}

/** Whether one commit comes after another, as far as these objects tell. */
function leadsTo(from: string, to: string, commits: ReadonlyMap<string, Buffer>): boolean {
  let current: string | undefined = from;
  while (current !== undefined && current !== to) {
    const header: string = commits.get(current)?.toString('latin1').split('\n\n', 1)[0] ?? '';
    current = /^parent ([0-9a-f]+)$/m.exec(header)?.[1];
  }
  return current === to;
}

async function publish(context: Context, move: BranchMove): Promise<PublishOutcome> {
  const outcome = await publishMove(context, move);
  if (outcome.status === 'published') {
    context.objects.keep(move.objects);
    await context.seen.write(move.to);
  }
  return outcome;
}
