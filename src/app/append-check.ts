import { z } from 'zod';
import { TammaError } from '../core/errors.ts';
import { checkBatch } from '../core/events/batch.ts';
import { envelope } from '../core/events/envelope.ts';
import type { LoggedEvent, NewEvent } from '../core/events/event.ts';
import type { AppendCondition, EventStore } from '../ports/event-store.ts';

const condition = z.strictObject({
  failIfEventsMatch: z.strictObject({
    items: z.array(
      z.strictObject({
        types: z.array(z.string()).optional(),
        tags: z.record(z.string(), z.string()).optional(),
      }),
    ),
  }),
  after: z.int().min(0),
});

const batch = z.strictObject({ events: z.array(z.unknown()), condition: condition.optional() });

export type Batch = { events: readonly NewEvent[]; condition?: AppendCondition | undefined };

export type AppendCheck =
  /** `present`: so many of its events are in the log already and would keep their places. */
  | { status: 'would-append'; events: number; present: number; head: number }
  | { status: 'conflict'; position: number; type: string; head: number };

/**
 * A batch as people and programs write it: events one a line, a list of them, or `{ events, condition }`. Throws
 * BATCH_INVALID with all that is wrong with its events.
 */
export function parseBatch(text: string): Batch {
  const value = parseJson(text);
  const parsed = batch.safeParse(isBatch(value) ? value : { events: [value].flat() });
  if (!parsed.success) throw invalid(parsed.error.issues.map(describeIssue));
  const events = parsed.data.events as NewEvent[];
  const faults = events.flatMap(findFaults);
  if (faults.length > 0) throw invalid(faults);
  try {
    checkBatch(events);
  } catch (error) {
    throw invalid([error instanceof Error ? error.message : String(error)]);
  }
  return { events, condition: parsed.data.condition as AppendCondition | undefined };
}

/** Whether the log would take this batch now. Writes nothing; a moment later it may be otherwise. */
export async function checkAppend(store: EventStore, { events, condition }: Batch): Promise<AppendCheck> {
  const { position: head } = await store.head();
  const present = await countPresent(store, events);
  if (condition && present < events.length) {
    const own = new Set(events.map(({ id }) => id));
    const conflict = await findConflicting(store, condition, own);
    if (conflict) return { status: 'conflict', position: conflict.position, type: conflict.type, head };
  }
  return { status: 'would-append', events: events.length, present, head };
}

async function findConflicting(
  store: EventStore,
  { failIfEventsMatch, after }: AppendCondition,
  own: ReadonlySet<string>,
): Promise<LoggedEvent | undefined> {
  for await (const event of store.read(failIfEventsMatch, { after, asSeen: true }))
    if (!own.has(event.id)) return event;
  return undefined;
}

/** An event that is there has the tags and the type it has here. */
async function countPresent(store: EventStore, events: readonly NewEvent[]): Promise<number> {
  const own = new Set<string>(events.map(({ id }) => id));
  const items = events.map(({ type, tags }) => ({ types: [type], tags }));
  let present = 0;
  for await (const event of store.read({ items }, { asSeen: true })) if (own.has(event.id)) present += 1;
  return present;
}

function findFaults(event: unknown, index: number): string[] {
  const parsed = envelope.safeParse(event);
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => `event ${index + 1}, ${describeIssue(issue)}`);
}

function describeIssue({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  return path.length > 0 ? `${path.map(String).join('.')}: ${message}` : message;
}

function isBatch(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'events' in value;
}

/** One JSON document, or one a line. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (whole) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) throw invalid([`not JSON: ${(whole as Error).message}`]);
    return lines.map((line, index): unknown => {
      try {
        return JSON.parse(line);
      } catch (error) {
        throw invalid([`line ${index + 1} is not JSON: ${(error as Error).message}`]);
      }
    });
  }
}

function invalid(faults: readonly string[]): TammaError {
  const shown = faults.slice(0, 10).join('; ');
  const more = faults.length > 10 ? `; and ${faults.length - 10} more` : '';
  return new TammaError('BATCH_INVALID', `the batch would not be appended: ${shown}${more}`, {
    details: { faults: faults.slice(0, 100) },
  });
}
