import { createUuidV7 } from '../lib/uuid.ts';
import type { Clock } from '../ports/host.ts';

/** The machine's time. */
export function createSystemClock(): Clock {
  return { now: () => new Date(), newId: () => createUuidV7(new Date()) };
}
