import { linkEvents } from '../../src/core/events/chain.ts';
import type { Envelope } from '../../src/core/events/envelope.ts';
import { buildAppend } from '../../src/stores/git-branch/build-append.ts';
import { createLocalBackend } from '../../src/stores/git-branch/local-backend.ts';
import { EMPTY, openSnapshot } from '../../src/stores/git-branch/snapshot.ts';
import { createTickingClock } from './new-events.ts';

/** Appends an event that this Tamma would refuse to write, as a later version may have written it. */
export async function plantEvent(gitDirectory: string, event: Envelope): Promise<void> {
  const backend = createLocalBackend({ gitDirectory, branch: 'tamma-events' });
  try {
    const commit = await backend.sync();
    const snapshot = commit === null ? EMPTY : await openSnapshot(backend, commit);
    const clock = createTickingClock();
    const { move } = await buildAppend({
      backend,
      snapshot,
      events: linkEvents([event], snapshot.head),
      now: clock.now(),
      appendId: clock.newId(),
      identity: { name: 'Later', email: 'later@localhost' },
      format: 'sha1',
    });
    const outcome = await backend.publish(move);
    if (outcome.status !== 'published') throw new Error(outcome.reason);
  } finally {
    backend.close();
  }
}
