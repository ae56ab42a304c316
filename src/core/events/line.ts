import { TammaError } from '../errors.ts';
import { checkLink, type LogHead, toCanonical } from './chain.ts';
import { type LoggedEvent, parseLoggedEvent } from './event.ts';

export type LineFault = { kind: 'invalid-line' | 'schema'; message: string };

/** One event as one line, without its line feed: the RFC 8785 form, so that equal events are equal bytes everywhere. */
export function toLine(event: LoggedEvent): string {
  return toCanonical(event);
}

/**
 * The event of a line, or what is wrong with it. A line that is not in canonical form (spaces, keys twice, other
 * escapes) was not written by a store, even where it means the same.
 */
export function parseLine(line: string): LoggedEvent | LineFault {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { kind: 'invalid-line', message: `not JSON: ${toMessage(error)}` };
  }
  try {
    const event = parseLoggedEvent(value);
    if (toLine(event) === line) return event;
  } catch (error) {
    return { kind: 'schema', message: toMessage(error) };
  }
  return { kind: 'invalid-line', message: 'not in the form a store writes (RFC 8785)' };
}

/**
 * The event of a line that a reader relies on: well formed, unedited and where it belongs. `previous` is the event
 * before it where that is known; else only `position` is compared. Throws LOG_CORRUPT with place and reason.
 */
export function readLine(
  line: string,
  place: string,
  expected: { position: number; previous?: LogHead },
): LoggedEvent {
  const event = parseLine(line);
  if (isLineFault(event)) throw toCorrupt(place, expected.position, event.message);
  const previous = expected.previous ?? { position: expected.position - 1, hash: event.prevHash };
  const fault = checkLink(event, previous);
  if (fault) throw toCorrupt(place, expected.position, fault.message);
  return event;
}

function toCorrupt(place: string, position: number, reason: string): TammaError {
  return new TammaError('LOG_CORRUPT', `The log is damaged at position ${position}, ${place}: ${reason}`, {
    details: { position, place, reason },
  });
}

export function isLineFault(parsed: LoggedEvent | LineFault): parsed is LineFault {
  return 'kind' in parsed;
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
