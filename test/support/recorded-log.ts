import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GENESIS, linkEvents } from '../../src/core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../../src/core/events/event.ts';
import { parseLine, toLine } from '../../src/core/events/line.ts';
import { createMemoryLog, createMemoryStore } from '../../src/stores/memory.ts';

export const recordedLogs = join(import.meta.dirname, '..', 'core', 'events', 'recorded-logs');

/** A log that a released version of Tamma wrote: see `test/core/events/recorded-logs`. */
export function readRecordedLog(name: string): LoggedEvent[] {
  const text = gunzipSync(readFileSync(join(recordedLogs, `${name}.ndjson.gz`))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => parseLine(line) as LoggedEvent);
}

/** The same events with other contents, linked anew as if they had been written so. */
export function relink(events: readonly LoggedEvent[]): LoggedEvent[] {
  return linkEvents(
    events.map(({ v, position, prevHash, hash, ...event }) => event as NewEvent),
    GENESIS,
  );
}

export function createStoreOf(events: readonly LoggedEvent[]) {
  return createMemoryStore(createMemoryLog(events.map(toLine)));
}
