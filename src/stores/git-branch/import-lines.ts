import { TammaError } from '../../core/errors.ts';
import { MAX_BATCH_EVENTS } from '../../core/events/batch.ts';
import type { LogHead } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { ImportedLine } from '../../ports/event-store.ts';
import { type AppendContext, findFormat } from './append-context.ts';
import { buildAppend, roomInFolder } from './build-append.ts';
import { toMonth } from './layout.ts';
import type { BranchMove } from './log-backend.ts';
import type { Tip } from './tip.ts';

export type ImportContext = AppendContext & {
  /** The server makes its own commit of each of ours: they are published one by one. */
  alone: boolean;
};

type Batch = { events: LoggedEvent[]; bytes: number; now: Date };
type Commit = { batches: LoggedEvent[][]; now: Date };

const MAX_BATCH_BYTES = 512 * 1024;

/** What waits to be published together: more than this would push its own trees out of memory. */
const MAX_MOVE_BYTES = 6_000_000;

/**
 * Takes over lines of another log: events of one issue that follow each other are a batch, batches of a month that fit
 * into a folder are a commit, and many commits are one move of the branch. Throws LOG_CONFLICT where the branch is not at
 * the event before the first one, or moves meanwhile; what was published by then is a beginning of the lines.
 */
export async function importLines(
  context: ImportContext,
  lines: readonly ImportedLine[],
): Promise<{ result: LogHead; tip: Tip }> {
  const { backend, objects, clock, look, retry, alone } = context;
  let tip = await look({ fresh: true, retry });
  checkFollows(tip, lines, backend.place);
  const format = await findFormat(backend, tip);
  const batches = toBatches(lines, clock.now());
  let moves: BranchMove[] = [];
  for (let from = 0; from < batches.length; ) {
    const commit = takeCommit(batches, from, tip);
    const appendId = clock.newId();
    const built = await buildAppend({
      ...context,
      ...commit,
      objects,
      tip,
      appendId,
      format,
      newId: clock.newId,
    });
    from += commit.batches.length;
    tip = built.tip;
    moves.push(built.move);
    if (!alone && from < batches.length && sizeOf(moves) < MAX_MOVE_BYTES) continue;
    tip = { ...tip, commit: await publish(context, unite(moves)) };
    moves = [];
  }
  return { result: tip.head, tip };
}

function checkFollows({ head }: Tip, lines: readonly ImportedLine[], place: string): void {
  const first = lines[0]?.event;
  if (!first || (first.position === head.position + 1 && first.prevHash === head.hash)) return;
  throw new TammaError(
    'LOG_CONFLICT',
    `${place} ends at ${head.position}: position ${first.position} does not follow`,
  );
}

/** `now`: when a batch was written by the time of its newest event, but no later than now; a wrong clock makes no month. */
function toBatches(lines: readonly ImportedLine[], now: Date): Batch[] {
  const batches: Batch[] = [];
  for (const { event, line } of lines) {
    const last = batches.at(-1);
    const bytes = Buffer.byteLength(line) + 1;
    const time = new Date(Math.min(Date.parse(event.timestamp), now.getTime()));
    const fits =
      last &&
      last.events.length < MAX_BATCH_EVENTS &&
      last.bytes + bytes <= MAX_BATCH_BYTES &&
      last.events[0]?.tags.issueId === event.tags.issueId &&
      toMonth(time, '') === toMonth(last.now, '');
    if (!fits) batches.push({ events: [event], bytes, now: time });
    else {
      last.events.push(event);
      last.bytes += bytes;
      if (time > last.now) last.now = time;
    }
  }
  return batches;
}

function takeCommit(batches: readonly Batch[], from: number, tip: Tip): Commit {
  const now = batches[from]?.now ?? new Date(0);
  const month = toMonth(now, tip.month);
  const taken: Batch[] = [];
  for (const batch of batches.slice(from, from + roomInFolder(tip, now))) {
    if (toMonth(batch.now, month) !== month) break;
    taken.push(batch);
  }
  return { batches: taken.map(({ events }) => events), now };
}

function unite(moves: readonly BranchMove[]): BranchMove {
  const [first, last] = [moves[0], moves.at(-1)];
  if (!first || !last) throw new Error('there is nothing to publish');
  return {
    ...last,
    from: first.from,
    objects: [
      ...new Map(moves.flatMap(({ objects }) => objects).map((object) => [object.id, object])).values(),
    ],
    changes: new Map(moves.flatMap(({ changes }) => [...changes])),
  };
}

function sizeOf(moves: readonly BranchMove[]): number {
  return moves.flatMap(({ objects }) => objects).reduce((sum, { content }) => sum + content.length, 0);
}

/** The commit the branch is at then. A lost answer is looked up; the lock of a ref is waited for. */
async function publish({ backend, look, retry }: ImportContext, move: BranchMove): Promise<string> {
  for (;;) {
    const outcome = await backend.publish(move);
    if (outcome.status === 'published') return outcome.commit ?? move.to;
    const { reason } = outcome;
    await retry.wait(() => new TammaError('LOG_UNREACHABLE', `${backend.place} takes no import: ${reason}`));
    const { commit } = await look({ fresh: true, retry });
    if (commit === move.to) return move.to;
    if (commit !== move.from)
      throw new TammaError('LOG_CONFLICT', `somebody else wrote to ${backend.place} during an import`);
  }
}
