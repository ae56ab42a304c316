import { TammaError } from '../errors.ts';
import { toBody } from './chain.ts';
import { checkNewEvent, type LoggedEvent, type NewEvent } from './event.ts';

export const MAX_BATCH_EVENTS = 100;
export const MAX_EVENT_BYTES = 65_536;

/** Checks a batch on its way into any store. Throws EVENT_INVALID, before anything is written. `check`: a single event. */
export function checkBatch(
  events: readonly NewEvent[],
  check: (event: NewEvent) => void = checkNewEvent,
): void {
  if (events.length < 1 || events.length > MAX_BATCH_EVENTS) {
    throw new TammaError(
      'EVENT_INVALID',
      `a batch has 1 to ${MAX_BATCH_EVENTS} events, not ${events.length}`,
    );
  }
  const ids = new Set<string>();
  for (const event of events) {
    check(event);
    const fault = findFault(event);
    if (fault) throw new TammaError('EVENT_INVALID', `${event.type} cannot be recorded: ${fault}`);
    if (ids.has(event.id)) throw new TammaError('EVENT_INVALID', `the id ${event.id} is twice in one batch`);
    ids.add(event.id);
  }
}

/** Where a batch stands in the log once all of it is there: from the lowest to the highest position of its events. */
export function toPlace(events: readonly Pick<LoggedEvent, 'position' | 'hash'>[]) {
  const sorted = events.toSorted((a, b) => a.position - b.position);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (!first || !last) throw new Error('a batch without events has no place');
  return { firstPosition: first.position, lastPosition: last.position, hash: last.hash };
}

/** What no schema can tell: the size of the whole, and text that JSON cannot carry. */
function findFault(event: NewEvent): string | undefined {
  try {
    const bytes = Buffer.byteLength(toBody(event));
    return bytes <= MAX_EVENT_BYTES
      ? undefined
      : `${bytes} bytes; larger content is referred to by digest (limit ${MAX_EVENT_BYTES})`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
