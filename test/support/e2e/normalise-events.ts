import type { LoggedEvent } from '../../../src/core/events/event.ts';

/** What differs between two runs of the same work, and says nothing about it: clocks, measures, and who ran it. */
const CHANCE = new Set([
  'timestamp',
  'durationMs',
  'estimatedUsd',
  'leaseUntil',
  'expiresAt',
  'holder',
  'runId',
]);

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const HEX = /\b[0-9a-f]{12,64}\b/g;

/**
 * Events without what chance and clock put into them. Ids and hashes become their number of first appearance, so two logs
 * are equal only if the same thing is named at the same places in both.
 */
export function normaliseEvents(events: readonly LoggedEvent[]): unknown[] {
  const names = new Map<string, string>();
  const nameOf = (kind: string, key: string) => {
    const name = names.get(key) ?? `${kind} ${names.size + 1}`;
    names.set(key, name);
    return name;
  };
  const clean = (text: string) =>
    text.replace(UUID, (id) => nameOf('id', id)).replace(HEX, (hex) => nameOf('hash', hex.slice(0, 12)));
  return events.map(({ prevHash, hash, ...event }) =>
    JSON.parse(
      JSON.stringify(event, (key, value: unknown) => {
        if (CHANCE.has(key)) return `(${key})`;
        return typeof value === 'string' ? clean(value) : value;
      }),
    ),
  );
}
