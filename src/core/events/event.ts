import { TammaError } from '../errors.ts';
import { type EventData, type EventType, eventData, isEventType, schemaVersions } from './catalogue.ts';
import { envelope, type LoggedEnvelope, type Metadata, parsedEnvelope, type Tags } from './envelope.ts';
import { findSchema } from './upcasters.ts';

/** An event before a store has given it a place. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: { id: string; type: K; timestamp: string; tags: Tags; metadata: Metadata; data: EventData[K] };
}[T];

/** What a step gives: the runner adds id, time and metadata. */
export type EventDraft<T extends EventType = EventType> = {
  [K in T]: { type: K; data: EventData[K]; tags?: Tags };
}[T];

/** What the store adds to an event when it takes it in. */
export type Logged = { v: 1; position: number; prevHash: string; hash: string };

/** An event of a type and version this Tamma knows, as it stands in the log. */
export type KnownEvent<T extends EventType = EventType> = NewEvent<T> & Logged;

/** A line of the log. Types of a newer Tamma are kept as they are and passed over. */
export type LoggedEvent = KnownEvent | LoggedEnvelope;

export function isKnown(event: LoggedEvent): event is KnownEvent {
  return isEventType(event.type) && event.metadata.schemaVersion === (schemaVersions[event.type] ?? 1);
}

/** True where `event` is known and of type `type`; narrows its data. */
export function isOfType<T extends EventType>(
  event: LoggedEvent,
  type: T,
): event is KnownEvent<T> & LoggedEvent {
  return event.type === type && isKnown(event);
}

export function createDraft<T extends EventType>(type: T, data: EventData[T], tags?: Tags): EventDraft<T> {
  return (tags ? { type, data, tags } : { type, data }) as EventDraft<T>;
}

/** Checks an event on its way out. Throws EVENT_INVALID: a wrong event is our defect and must not reach the log. */
export function checkNewEvent(event: NewEvent): void {
  const outer = envelope.safeParse(event);
  const inner = isEventType(event.type) ? eventData[event.type].safeParse(event.data) : undefined;
  const issues = [...(outer.error?.issues ?? []), ...(inner?.error?.issues ?? [])];
  if (issues.length === 0 && inner) return;
  const what = issues.map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`).join('; ');
  throw new TammaError('EVENT_INVALID', `${event.type} cannot be recorded: ${what || 'unknown type'}`);
}

/**
 * What JSON.parse gave for a line of the log, as an event: the same object. Throws a plain Error that says what is wrong:
 * the store knows the place and turns it into LOG_CORRUPT. Data that does not fit the schema of its type and version is
 * damage; a type or a version nobody here knows is not.
 */
export function parseLoggedEvent(value: unknown): LoggedEvent {
  const parsed = parsedEnvelope.safeParse(value);
  if (!parsed.success) throw new Error(describeIssues(parsed.error.issues));
  const event = value as LoggedEvent;
  const data = findSchema(event.type, event.metadata.schemaVersion)?.safeParse(event.data);
  // A field more than we know is a later Tamma's: an added optional field keeps the version.
  const faults = data?.error?.issues.filter((issue) => issue.code !== 'unrecognized_keys') ?? [];
  if (faults.length > 0) throw new Error(`data of ${event.type}: ${describeIssues(faults)}`);
  return event;
}

function describeIssues(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  return issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`)
    .join('; ');
}
