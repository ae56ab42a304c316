import type { z } from 'zod';
import { type EventType, eventData, isEventType, schemaVersions } from './catalogue.ts';
import type { LoggedEnvelope } from './envelope.ts';
import type { LoggedEvent } from './event.ts';

type Data = LoggedEnvelope['data'];

/** A version that is no longer written: what its `data` was, and the same as the version after it says it. */
export type Upcaster = {
  schema: z.ZodType;
  /** Pure and total over what fits the schema. What the old version did not know gets the value that means “not said”. */
  up(data: Data): Data;
};

/** By type and version; a row for every version below the current one, and none is ever removed or edited. */
export type Upcasters = Readonly<Partial<Record<string, Readonly<Partial<Record<number, Upcaster>>>>>>;

export const upcasters: Upcasters = {};

/**
 * The event as the current version of its type would have said it, for whoever asks what it means. The line in the log,
 * and so its hash, is that of the event as it was written: exports, imports and verification never come here. Unknown
 * types and later versions stay as they are, and so does an event of the current version, which costs nothing.
 */
export function upcast(event: LoggedEvent, table = upcasters, versions = schemaVersions): LoggedEvent {
  const rows = table[event.type];
  if (!rows) return event;
  const { schemaVersion } = event.metadata;
  const current = versions[event.type as EventType] ?? 1;
  let data: Data = event.data as Data;
  for (let version = schemaVersion; version < current; version += 1) {
    const row = rows[version];
    if (!row) return event;
    data = row.up(data);
  }
  if (schemaVersion >= current) return event;
  return { ...event, metadata: { ...event.metadata, schemaVersion: current }, data } as LoggedEvent;
}

/** What the `data` of this type and version must look like; undefined where this Tamma does not know. */
export function findSchema(
  type: string,
  version: number,
  table = upcasters,
  versions = schemaVersions,
): z.ZodType | undefined {
  if (!isEventType(type)) return undefined;
  return version === (versions[type] ?? 1) ? eventData[type] : table[type]?.[version]?.schema;
}
