import type { EventType } from './catalogue.ts';
import type { Tags } from './envelope.ts';

/**
 * Matches an event if one item matches; an item matches if the event's type is one of `types` (any, if absent) and
 * the event has *all* of `tags`. No items: every event.
 */
export type EventQuery = { items: readonly EventQueryItem[] };
export type EventQueryItem = {
  types?: readonly (EventType | (string & {}))[];
  tags?: Readonly<Record<string, string>>;
};

/** The append fails if an event that matches the query came after position `after` (0: ever). */
export type AppendCondition = { failIfEventsMatch: EventQuery; after: number };

type Matchable = { type: string; tags: Tags };

export function matchesQuery(event: Matchable, query: EventQuery): boolean {
  return query.items.length === 0 || query.items.some((item) => matchesItem(event, item));
}

function matchesItem(event: Matchable, { types, tags }: EventQueryItem): boolean {
  if (types && !types.includes(event.type)) return false;
  return Object.entries(tags ?? {}).every(
    ([name, value]) => Object.hasOwn(event.tags, name) && event.tags[name] === value,
  );
}

/** `since` inclusive, `before` exclusive; both in the form of events' own times, which compare as texts. */
export function isWithinTime(
  { timestamp }: { timestamp: string },
  { since, before }: { since?: string; before?: string },
): boolean {
  return (since === undefined || timestamp >= since) && (before === undefined || timestamp < before);
}

/** The issues that every matching event belongs to one of; undefined where the query reaches beyond issues. */
export function findIssues(query: EventQuery): string[] | undefined {
  const issues = new Set<string>();
  for (const { tags } of query.items) {
    if (tags?.issueId === undefined) return undefined;
    issues.add(tags.issueId);
  }
  return query.items.length === 0 ? undefined : [...issues];
}

/**
 * The first position that breaks the condition, or undefined. `events` ascend and hold at least those after
 * `condition.after`; the batch's own events, there from an earlier try, stand in nobody's way.
 */
export function findConflict(
  events: Iterable<Matchable & { id: string; position: number }>,
  condition: AppendCondition,
  own: ReadonlySet<string>,
): number | undefined {
  for (const event of events) {
    if (event.position <= condition.after || own.has(event.id)) continue;
    if (matchesQuery(event, condition.failIfEventsMatch)) return event.position;
  }
  return undefined;
}
