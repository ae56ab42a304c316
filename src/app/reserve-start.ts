import { createDraft } from '../core/events/event.ts';
import { QUEUE_TRIGGER } from '../core/projections/activity.ts';
import type { LogHead } from '../ports/event-store.ts';
import { fillEvents, TAMMA } from './fill-events.ts';
import { recordEvents } from './record-events.ts';
import type { Runtime } from './runtime.ts';

const STARTS = ['TRIGGER.ACTIVATED', 'ISSUE.SELECTED'];

/**
 * Issues whose run was started at or after `since` (ISO 8601), as far as the log has been seen, and has not come yet:
 * rounds that follow each other closely, such as those of many labels set at once, must not start them again.
 */
export async function listStarting({ projections }: Runtime, since: string): Promise<ReadonlySet<number>> {
  const { starts } = await projections.activity({ asSeen: true });
  return new Set([...starts].filter(([, at]) => at >= since).map(([issue]) => issue));
}

/** Puts on record that this round starts the issue; false where another one has, since `head`. */
export async function reserveStart(runtime: Runtime, issue: number, head: LogHead): Promise<boolean> {
  const { clock, host, config } = runtime;
  const tags = {
    issueId: String(issue),
    runId: host.holder.runId,
    triggerName: QUEUE_TRIGGER,
    mode: config.mode,
  };
  const draft = createDraft('TRIGGER.ACTIVATED', { triggerName: QUEUE_TRIGGER, event: 'first of the queue' });
  const events = fillEvents([draft], { clock, actor: TAMMA, correlationId: clock.newId(), tags });
  const condition = { items: [{ types: STARTS, tags: { issueId: String(issue) } }] };
  const result = await recordEvents(runtime, events, { failIfEventsMatch: condition, after: head.position });
  return result.status === 'appended';
}
