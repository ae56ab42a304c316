import { GitError } from '../../lib/git.ts';
import type { NewObject } from '../../lib/git-object-format.ts';
import type { GitWire, PushReport, RefUpdate } from '../../lib/git-wire/git-wire.ts';
import { GitWireError } from '../../lib/git-wire/wire-error.ts';
import { isTransient } from './git-failures.ts';
import type { BranchMove, ParkedRef, PublishOutcome } from './log-backend.ts';
import { toPushOutcome } from './push-outcome.ts';
import { toWireLogError } from './wire-failures.ts';

export type PushContext = { wire: GitWire; place: string; ref: string };

/** The first update decides what the outcome is; the others go with it, all or nothing. */
export async function publishMove(context: PushContext, move: BranchMove): Promise<PublishOutcome> {
  const { from, to, objects, taken } = move;
  const branch = { ref: context.ref, from, to };
  const all = [branch, ...taken.map(({ ref, id }) => ({ ref, from: id, to: null }))];
  const together = await pushUpdates(context, all, objects);
  if (together !== 'not-together') return together;
  const alone = await pushUpdates(context, [branch], objects);
  // A batch that stays parked does no harm: it is in the log by then, and whoever takes it next sees that.
  if (alone !== 'not-together' && alone.status === 'published') await removeParked(context, taken);
  return alone === 'not-together' ? { status: 'unknown', reason: 'the server moves no ref' } : alone;
}

export async function publishParked(
  context: PushContext,
  { ref, id, objects }: ParkedRef & { objects: readonly NewObject[] },
): Promise<PublishOutcome> {
  const outcome = await pushUpdates(context, [{ ref, from: null, to: id }], objects);
  return outcome === 'not-together' ? { status: 'unknown', reason: 'the server makes no ref' } : outcome;
}

/** Each on its own: one that somebody has taken does not keep the others. */
export async function removeParked({ wire, place }: PushContext, refs: readonly ParkedRef[]): Promise<void> {
  if (refs.length === 0) return;
  try {
    await wire.push({ updates: refs.map(({ ref, id }) => ({ ref, from: id, to: null })), objects: [] });
  } catch (error) {
    throw toWireLogError(error, place);
  }
}

async function pushUpdates(
  { wire, place }: PushContext,
  updates: readonly RefUpdate[],
  objects: readonly NewObject[],
): Promise<PublishOutcome | 'not-together'> {
  try {
    const report = await wire.push({ updates, objects, atomic: updates.length > 1 });
    return toOutcome(report, updates[0]?.ref ?? '', place);
  } catch (thrown) {
    if (!(thrown instanceof GitWireError)) throw thrown;
    if (thrown.kind === 'unsupported' && updates.length > 1) return 'not-together';
    const error = toWireLogError(thrown, place);
    if (thrown.mayHaveArrived || isTransient(error)) return { status: 'unknown', reason: error.message };
    throw error;
  }
}

/** Throws where the answer is final. */
function toOutcome({ refs, messages }: PushReport, ref: string, place: string): PublishOutcome {
  const report = refs.get(ref);
  if (report?.ok) return { status: 'published' };
  const reason = report?.reason ?? 'no word about the branch';
  if (RACED.test(messages)) return { status: 'raced', reason: `${reason}: ${messages}` };
  return toPushOutcome(
    new GitError(['push'], 1, messages),
    `!\t:${ref}\t[remote rejected] (${reason})\n`,
    place,
  );
}

/** What receive-pack tells beside its report (refs/files-backend.c): another value, or a parked batch that somebody took. */
const RACED =
  /but expected [0-9a-f]+|reference already exists|unable to resolve reference 'refs\/tamma\/inbox\//;
