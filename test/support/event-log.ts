import type { EventData, EventType } from '../../src/core/events/catalogue.ts';
import { createDraft, type EventDraft, type LoggedEvent } from '../../src/core/events/event.ts';
import { createUuidV7 } from '../../src/lib/uuid.ts';

export const SHA = (digit: string) => digit.repeat(40);
export const DIGEST = (digit: string) => digit.repeat(64);

/** A log in the making: drafts become logged events with positions 1, 2, 3 … and a time that runs by the minute. */
export function createEventLog(issue = 7) {
  const events: LoggedEvent[] = [];
  const start = Date.parse('2026-11-20T08:00:00.000Z');
  return {
    events,
    add<T extends EventType>(type: T, data: EventData[T], login = 'tamma') {
      this.addDraft(createDraft(type, data) as EventDraft, login);
      return this;
    },
    addDraft(draft: EventDraft, login = 'tamma') {
      const position = events.length + 1;
      const time = new Date(start + position * 60_000);
      events.push({
        v: 1,
        position,
        id: createUuidV7(time),
        timestamp: time.toISOString(),
        tags: { issueId: String(issue) },
        metadata: {
          schemaVersion: 1,
          workflowVersion: '1',
          eventSource: 'system',
          actor: { kind: 'system', id: login, login },
          correlationId: 'loop',
        },
        prevHash: DIGEST('0'),
        hash: DIGEST('1'),
        ...draft,
      } as LoggedEvent);
    },
    now: () => new Date(start + (events.length + 1) * 60_000),
  };
}

export type EventLog = ReturnType<typeof createEventLog>;
