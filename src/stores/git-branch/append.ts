import { TammaError } from '../../core/errors.ts';
import { toPlace } from '../../core/events/batch.ts';
import { linkEvents } from '../../core/events/chain.ts';
import type { NewEvent } from '../../core/events/event.ts';
import { formatOf, type ObjectFormat } from '../../lib/git-object-format.ts';
import type { AppendCondition, AppendResult } from '../../ports/event-store.ts';
import type { Clock } from '../../ports/host.ts';
import { buildAppend } from './build-append.ts';
import { findLogged } from './find-logged.ts';
import type { LogBackend, PublishOutcome } from './log-backend.ts';
import type { Look } from './log-view.ts';
import { readEvents } from './read-events.ts';
import type { Retry } from './retry.ts';
import type { Snapshot } from './snapshot.ts';

export type AppendContext = {
  backend: LogBackend;
  look: Look;
  clock: Clock;
  identity: { name: string; email: string };
  retry: Retry;
};

/** So often in a row locked, with the branch at rest: nobody is at work there, the lock was left behind. */
const LOCK_TRIES = 5;

/**
 * Compare-and-swap until it holds: look, check, build, publish; after a lost race or an unclear answer look again. An
 * unclear answer needs nothing more: if the batch arrived, its ids are in the log at the next look.
 */
export async function appendEvents(
  context: AppendContext,
  events: readonly NewEvent[],
  condition: AppendCondition | undefined,
): Promise<{ result: AppendResult; snapshot: Snapshot }> {
  const { backend, clock, retry } = context;
  const appendId = clock.newId();
  let snapshot = await context.look({ fresh: false, retry });
  for (let tries = 1, resting = 0; ; tries += 1) {
    const logged = await findLogged(backend, snapshot, events);
    const rest = events.filter(({ id }) => !logged.some((event) => event.id === id));
    if (rest.length === 0)
      return { result: { status: 'appended', ...toPlace(logged), tries: tries - 1 }, snapshot };
    const conflict = condition && (await findConflict(backend, snapshot, events, condition));
    if (conflict !== undefined) return { result: { status: 'conflict', position: conflict }, snapshot };

    const linked = linkEvents(rest, snapshot.head);
    const format = await findFormat(backend, snapshot);
    const built = await buildAppend({
      ...context,
      snapshot,
      events: linked,
      now: clock.now(),
      appendId,
      format,
    });
    const outcome = await backend.publish(built.move);
    if (outcome.status === 'published') {
      return {
        result: { status: 'appended', ...toPlace([...logged, ...linked]), tries },
        snapshot: built.snapshot,
      };
    }
    await retry.wait(() => toBusy(backend.place, tries, outcome));
    const newer = await context.look({ fresh: true, retry });
    resting = newer.commit === snapshot.commit && outcome.status === 'locked' ? resting + 1 : 0;
    if (resting >= LOCK_TRIES) throw toLocked(backend.place, outcome);
    snapshot = newer;
  }
}

async function findConflict(
  backend: LogBackend,
  snapshot: Snapshot,
  events: readonly NewEvent[],
  { failIfEventsMatch, after }: AppendCondition,
): Promise<number | undefined> {
  for await (const event of readEvents(backend, snapshot, failIfEventsMatch, { after })) {
    if (!events.some(({ id }) => id === event.id)) return event.position;
  }
  return undefined;
}

/** The empty tree is there in every repository, under the name that the repository's format gives it. */
const EMPTY_TREE_SHA1 = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function findFormat(backend: LogBackend, { commit }: Snapshot): Promise<ObjectFormat> {
  if (commit !== null) return formatOf(commit);
  return (await backend.read(EMPTY_TREE_SHA1)) ? 'sha1' : 'sha256';
}

type Unpublished = Exclude<PublishOutcome, { status: 'published' }>;

function toBusy(place: string, tries: number, { reason }: Unpublished): TammaError {
  return new TammaError(
    'LOG_UNREACHABLE',
    `${tries} tries to append to ${place} failed; the last one: ${reason}`,
    {
      help: 'Too many runs write at once, or the remote is in trouble: repeat the command; several loops at once belong in PostgreSQL.',
      details: { tries, reason },
    },
  );
}

function toLocked(place: string, outcome: Unpublished): TammaError {
  const lock = outcome.status === 'locked' ? outcome.lock : undefined;
  const file = lock ?? 'refs/heads/<branch>.lock or HEAD.lock in the repository';
  return new TammaError(
    'LOG_REFUSED',
    `${place} does not move, though nobody else wrote: ${outcome.reason}`,
    {
      help: `A git process that was killed left its lock. Make sure none is running there, then delete ${file}.`,
      details: { lock: lock ?? null, reason: outcome.reason },
    },
  );
}
