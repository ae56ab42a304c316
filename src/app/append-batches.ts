import { MAX_BATCH_EVENTS } from '../core/events/batch.ts';
import type { NewEvent } from '../core/events/event.ts';
import type { AppendCondition, EventStore } from '../ports/event-store.ts';

/**
 * Appends any number of events: the newest as one batch, what does not fit into it before. May be repeated, also after a
 * kill in between. `conflict`: the condition did not hold, and the newest batch is not in the log.
 */
export async function appendInBatches(
  store: EventStore,
  events: readonly NewEvent[],
  condition?: AppendCondition,
): Promise<'appended' | 'conflict'> {
  const early = events.length % MAX_BATCH_EVENTS;
  for (
    let from = 0, to = early || MAX_BATCH_EVENTS;
    from < events.length;
    from = to, to += MAX_BATCH_EVENTS
  ) {
    const { status } = await store.append(events.slice(from, to), condition);
    if (status === 'conflict') return 'conflict';
  }
  return 'appended';
}
