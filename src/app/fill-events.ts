import { schemaVersions } from '../core/events/catalogue.ts';
import type { Actor, Tags } from '../core/events/envelope.ts';
import type { EventDraft, NewEvent } from '../core/events/event.ts';
import type { Clock } from '../ports/host.ts';

/** Recorded with every event: which edition of the loop table decided. */
export const WORKFLOW_VERSION = '1';

export const TAMMA: Actor = { kind: 'system', id: 'tamma', login: 'tamma' };

export type EventFrame = {
  clock: Clock;
  actor: Actor;
  correlationId: string;
  causationId?: string;
  /** On every event of the batch; a draft's own tags win. */
  tags: Tags;
};

/** Drafts as events: id, time, tags and metadata are added here and nowhere else. */
export function fillEvents(drafts: readonly EventDraft[], frame: EventFrame): NewEvent[] {
  return drafts.map((draft) => fillEvent(draft, frame));
}

export function fillEvent(
  draft: EventDraft,
  { clock, actor, correlationId, causationId, tags }: EventFrame,
): NewEvent {
  return {
    id: clock.newId(),
    type: draft.type,
    timestamp: clock.now().toISOString(),
    tags: { ...tags, ...draft.tags },
    metadata: {
      schemaVersion: schemaVersions[draft.type] ?? 1,
      workflowVersion: WORKFLOW_VERSION,
      eventSource: 'system',
      actor,
      correlationId,
      ...(causationId ? { causationId } : {}),
    },
    data: draft.data,
  } as NewEvent;
}
