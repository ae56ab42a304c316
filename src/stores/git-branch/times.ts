import type { LoggedEvent } from '../../core/events/event.ts';

/**
 * The earliest and the latest millisecond of some events, by what their ids say (UUIDv7, RFC 9562, section 5.7) and by
 * their timestamps: who looks for an id or for a time may pass over what lies outside.
 */
export type TimeRange = readonly [lowest: number, highest: number];

type Timed = Pick<LoggedEvent, 'id' | 'timestamp'>;

export function toTimeRange(events: readonly Timed[]): TimeRange {
  const times = events.flatMap(({ id, timestamp }) => [toIdTime(id), Date.parse(timestamp)]);
  return [Math.min(...times), Math.max(...times)];
}

export function toIdTime(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

export function unite(a: TimeRange | undefined, b: TimeRange): TimeRange {
  return a ? [Math.min(a[0], b[0]), Math.max(a[1], b[1])] : b;
}

/** True where nothing is known about one of them. */
export function overlaps(a: TimeRange | undefined, b: TimeRange | undefined): boolean {
  return !a || !b || (a[0] <= b[1] && b[0] <= a[1]);
}
