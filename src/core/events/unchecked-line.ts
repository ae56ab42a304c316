import type { LoggedEvent } from './event.ts';
import { toCorrupt } from './line.ts';

/**
 * The event of a line of which only this is looked at: that it is JSON, has the shape of an event and stands where it
 * belongs. For folds of a whole log, which compare `prevHash` with the `hash` before it themselves. Throws LOG_CORRUPT.
 */
export function readLineUnchecked(line: string, place: string, position: number): LoggedEvent {
  const event = parse(line, place, position) as LoggedEvent;
  if (!hasShape(event)) throw toCorrupt(place, position, 'it is no event');
  if (event.position === position) return event;
  throw toCorrupt(place, position, `position ${event.position} stands where ${position} belongs`);
}

function parse(line: string, place: string, position: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw toCorrupt(place, position, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What every reader of an event takes for granted. */
function hasShape(event: LoggedEvent): boolean {
  return (
    typeof event?.type === 'string' &&
    typeof event.timestamp === 'string' &&
    typeof event.prevHash === 'string' &&
    typeof event.hash === 'string' &&
    isObject(event.data) &&
    isObject(event.tags) &&
    isObject(event.metadata) &&
    isObject(event.metadata.actor)
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
