import type { Tags } from '../../core/events/envelope.ts';
import type { EventQuery, EventQueryItem } from '../../ports/event-store.ts';

/** Tags of an event as rows of the index; its type is one more, under a name no tag can have. */
export function toTagRows({ type, tags }: { type: string; tags: Tags }): string[] {
  return [toTypeTag(type), ...Object.entries(tags).map(([name, value]) => toTag(name, value))];
}

/** A text of PostgreSQL cannot hold U+0000; two tags that differ stay different. */
function toTag(name: string, value: string): string {
  return `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\0', '\\0')}`;
}

function toTypeTag(type: string): string {
  return `:${type}`;
}

/** As `tamma_match` takes it: all of the tags, and one of the types (null: any). */
export type IndexItem = { tags: string[]; types: string[] | null };

/** Undefined: every event matches. What no event can match is left out. */
export function toIndexItems(query: EventQuery): IndexItem[] | undefined {
  const items = query.items.map(toIndexItem);
  if (items.length === 0 || items.some(({ tags, types }) => tags.length === 0 && types === null))
    return undefined;
  return items.filter(({ types }) => types === null || types.length > 0);
}

function toIndexItem({ tags = {}, types }: EventQueryItem): IndexItem {
  return {
    tags: Object.entries(tags).map(([name, value]) => toTag(name, value)),
    // A type of another form is no type of an event, and PostgreSQL need not hear of it.
    types: types ? [...new Set(types)].filter((type) => !type.includes('\0')) : null,
  };
}
