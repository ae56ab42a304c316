import type { EventData, EventType } from '../../src/core/events/catalogue.ts';
import type { Tags } from '../../src/core/events/envelope.ts';
import type { LoggedEvent, NewEvent } from '../../src/core/events/event.ts';
import { createUuidV7 } from '../../src/lib/uuid.ts';
import type { EventQuery, EventStore, ReadOptions } from '../../src/ports/event-store.ts';
import type { Clock } from '../../src/ports/host.ts';

/** A clock that goes on by a second each time it is asked. */
export function createTickingClock(start = '2026-11-20T08:00:00.000Z'): Clock {
  let time = Date.parse(start);
  const now = () => {
    time += 1000;
    return new Date(time);
  };
  return { now, newId: () => createUuidV7(now()) };
}

/** Valid events as a run gives them to a store, before they have a position. */
export function createNewEvent<T extends EventType>(
  clock: Clock,
  type: T,
  data: EventData[T],
  tags: Tags = {},
): NewEvent<T> {
  return {
    id: clock.newId(),
    type,
    timestamp: clock.now().toISOString(),
    tags,
    metadata: {
      schemaVersion: 1,
      workflowVersion: '1',
      eventSource: 'system',
      actor: { kind: 'system', id: 'tamma', login: 'tamma' },
      correlationId: 'loop',
    },
    data,
  } as NewEvent<T>;
}

/** The smallest events there are of one issue: enough to tell types and tags apart. */
export function createEventMaker(clock: Clock = createTickingClock()) {
  return {
    clock,
    claim: (issue: string, tags: Tags = {}) =>
      createNewEvent(
        clock,
        'ISSUE.ASSIGNED.SUCCESS',
        { number: 1, assignee: 'tamma' },
        { issueId: issue, ...tags },
      ),
    skip: (issue: string, reason = 'because', tags: Tags = {}) =>
      createNewEvent(
        clock,
        'WORKFLOW.STEP_SKIPPED',
        { stepId: 'RESEARCH', run: 1, reason },
        { issueId: issue, ...tags },
      ),
    cancel: (issue: string) =>
      createNewEvent(clock, 'WORKFLOW.CANCELLED', { reason: 'asked to' }, { issueId: issue }),
    trigger: (triggerName: string, tags: Tags = {}) =>
      createNewEvent(clock, 'TRIGGER.ACTIVATED', { triggerName, event: 'push' }, tags),
  };
}

export async function readAll(
  store: EventStore,
  query?: EventQuery,
  options?: ReadOptions,
): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for await (const event of store.read(query, options)) events.push(event);
  return events;
}
