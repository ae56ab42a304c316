import { createDraft, isOfType } from '../core/events/event.ts';
import type { LogHead } from '../ports/event-store.ts';
import { fillEvents, TAMMA } from './fill-events.ts';
import { readEvents } from './read-state.ts';
import type { Runtime } from './runtime.ts';

/** What a round has begun by a run of its own, which takes its time to come. */
const TRIGGER = 'queue';

const STARTS = ['TRIGGER.ACTIVATED', 'ISSUE.SELECTED'];

/**
 * Issues whose run was started at or after `since` (ISO 8601), as far as the log has been seen: rounds that follow each
 * other closely, such as those of many labels set at once, must not start them again.
 */
export async function listStarting({ store }: Runtime, since: string): Promise<ReadonlySet<number>> {
  const events = await readEvents(store, { items: [{ types: ['TRIGGER.ACTIVATED'] }] }, { asSeen: true });
  const recent = events.filter(
    (event) =>
      isOfType(event, 'TRIGGER.ACTIVATED') && event.data.triggerName === TRIGGER && event.timestamp >= since,
  );
  return new Set(recent.map(({ tags }) => Number(tags.issueId)));
}

/** Puts on record that this round starts the issue; false where another one has, since `head`. */
export async function reserveStart(
  { store, clock, host, config }: Runtime,
  issue: number,
  head: LogHead,
): Promise<boolean> {
  const tags = { issueId: String(issue), runId: host.holder.runId, triggerName: TRIGGER, mode: config.mode };
  const draft = createDraft('TRIGGER.ACTIVATED', { triggerName: TRIGGER, event: 'first of the queue' });
  const events = fillEvents([draft], { clock, actor: TAMMA, correlationId: clock.newId(), tags });
  const condition = { items: [{ types: STARTS, tags: { issueId: String(issue) } }] };
  const result = await store.append(events, { failIfEventsMatch: condition, after: head.position });
  return result.status === 'appended';
}
