import { type LogHead, linkEvents } from '../../src/core/events/chain.ts';
import type { Envelope } from '../../src/core/events/envelope.ts';
import type { LoggedEvent, NewEvent } from '../../src/core/events/event.ts';
import { createBranchObjects } from '../../src/stores/git-branch/branch-objects.ts';
import { buildAppend } from '../../src/stores/git-branch/build-append.ts';
import { createLocalBackend } from '../../src/stores/git-branch/local-backend.ts';
import { EMPTY, openTip } from '../../src/stores/git-branch/tip.ts';
import { createTickingClock } from './new-events.ts';

/** Appends an event that this Tamma would refuse to write, as a later version may have written it. */
export function plantEvent(gitDirectory: string, event: Envelope): Promise<void> {
  return plantBatches(gitDirectory, [[event]]);
}

/** Several batches in one commit, as where parked ones were taken along. */
export async function plantBatches(
  gitDirectory: string,
  batches: readonly (readonly (Envelope | NewEvent)[])[],
): Promise<void> {
  const backend = createLocalBackend({ gitDirectory, branch: 'tamma-events' });
  try {
    const objects = createBranchObjects(backend);
    const { commit } = await backend.sync(null);
    const tip = commit === null ? EMPTY : await openTip(objects, commit, backend.place);
    const clock = createTickingClock();
    const { move } = await buildAppend({
      objects,
      tip,
      batches: linkBatches(batches, tip.head),
      now: clock.now(),
      appendId: clock.newId(),
      newId: clock.newId,
      identity: { name: 'Later', email: 'later@localhost' },
      format: 'sha1',
    });
    const outcome = await backend.publish(move);
    if (outcome.status !== 'published') throw new Error(outcome.reason);
  } finally {
    backend.close();
  }
}

function linkBatches(batches: readonly (readonly (Envelope | NewEvent)[])[], head: LogHead): LoggedEvent[][] {
  let last = head;
  return batches.map((events) => {
    const linked: LoggedEvent[] = linkEvents(events, last);
    last = linked.at(-1) ?? last;
    return linked;
  });
}
