import { TammaError } from '../../core/errors.ts';
import type { NewEvent } from '../../core/events/event.ts';
import type { AppendCondition, AppendResult } from '../../ports/event-store.ts';
import { type AppendContext, findFormat } from './append-context.ts';
import { type AppendPlan, buildAppend, roomInFolder } from './build-append.ts';
import { treeNames } from './commit-message.ts';
import type { BranchMove, LogBackend, ParkedRef, PublishOutcome } from './log-backend.ts';
import { readParked, type WaitingBatch } from './parked-batch.ts';
import { createParkingStand } from './parking-stand.ts';
import { type CommitPlan, type Fate, planCommit } from './plan-commit.ts';
import type { Tip } from './tip.ts';

/** So often in a row locked, with the branch at rest: nobody is at work there, the lock was left behind. */
const LOCK_TRIES = 5;

/**
 * Compare-and-swap until it holds: look, check, build, publish; after a lost race or an unclear answer look again. An
 * unclear answer needs nothing more: if the batch arrived, its ids are in the log at the next look. Who keeps losing
 * parks the batch beside the branch, where the next winner takes it along.
 */
export async function appendEvents(
  context: AppendContext,
  events: readonly NewEvent[],
  condition: AppendCondition | undefined,
): Promise<{ result: AppendResult; tip: Tip }> {
  const { backend, clock, look, retry } = context;
  const own = { appendId: clock.newId(), events, condition };
  const stand = createParkingStand(context, own);
  let tip = await look({ fresh: false, retry });
  for (let tries = 1, resting = 0; ; tries += 1) {
    const attempt = await planAttempt(context, tip, own);
    if (attempt.own.status !== 'accepted' && attempt.batches.length === 0) {
      await stand.leave();
      return { result: toResult(attempt.own, tries - 1), tip };
    }
    const built = await buildAppend(attempt);
    const begun = performance.now();
    const outcome = await publish(backend, built.move);
    if (outcome.status === 'published') {
      const written = { ...built.tip, commit: outcome.commit ?? built.tip.commit };
      return { result: toResult(attempt.own, tries), tip: written };
    }
    const spanMs = performance.now() - begun;
    if (outcome.status !== 'unknown') await stand.lose(tip);
    const toError = () => toBusy(backend.place, tries, outcome);
    let newer: Tip;
    let isServed = false;
    const stop = (parked: readonly ParkedRef[]) => {
      isServed = stand.isServed(parked, spanMs);
      return isServed;
    };
    do {
      await retry.wait(toError, spanMs).catch(stand.giveUp);
      newer = await look({ fresh: true, retry, stop });
    } while (isServed);
    resting = newer.commit === tip.commit && outcome.status === 'locked' ? resting + 1 : 0;
    if (resting >= LOCK_TRIES) await stand.giveUp(toLocked(backend.place, outcome));
    tip = newer;
  }
}

/**
 * A server that lets nobody remove a ref, or not this one, must not stop the log: then parked batches stay where they are,
 * and whoever looks at them next finds them in the log.
 */
async function publish(backend: LogBackend, move: BranchMove): Promise<PublishOutcome> {
  try {
    return await backend.publish(move);
  } catch (error) {
    if (move.taken.length === 0) throw error;
    return await backend.publish({ ...move, taken: [] });
  }
}

type Attempt = AppendPlan & Pick<CommitPlan, 'own'>;

async function planAttempt(context: AppendContext, tip: Tip, own: WaitingBatch): Promise<Attempt> {
  const { backend, objects, clock, parked = () => [] } = context;
  const now = clock.now();
  // All that a commit is built on, in one round; inner folders last.
  await objects.read(
    [tip.root, ...treeNames.map((name) => tip.trees[name])].filter((id) => id !== undefined),
  );
  const plan = await planCommit({
    objects,
    tip,
    own,
    parked: await readParked(objects, parked()),
    room: roomInFolder(tip, now),
  });
  const { appendId } = own;
  const format = await findFormat(backend, tip);
  return { ...context, ...plan, tip, now, appendId, newId: clock.newId, format };
}

function toResult(own: Fate, tries: number): AppendResult {
  if (own.status === 'conflict') return own;
  return { status: 'appended', ...own.place, tries };
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
