import { TammaError } from '../errors.ts';
import type { LoggedEvent } from '../events/event.ts';

/**
 * Everything up to a moment: a position of the log, or a time in ISO 8601. Clocks may have been wrong, and order is the
 * position: a time cuts before the first event that says a later one. Throws USAGE for what is no moment.
 */
export function cutAt(events: readonly LoggedEvent[], moment: string): LoggedEvent[] {
  if (/^\d{1,15}$/.test(moment)) return events.filter(({ position }) => position <= Number(moment));
  const time = Date.parse(moment);
  if (Number.isNaN(time)) {
    const help = 'Give a position of the log, or a time such as 2026-11-20T13:00:00Z.';
    throw new TammaError('USAGE', `${moment} is no moment of the log`, { help });
  }
  const later = events.findIndex(({ timestamp }) => Date.parse(timestamp) > time);
  return later === -1 ? [...events] : events.slice(0, later);
}

/** Two moments, `A..B`. Throws USAGE. */
export function parseRange(text: string): { from: string; to: string } {
  const [from, to, ...more] = text.split('..');
  if (from && to && more.length === 0) return { from, to };
  throw new TammaError('USAGE', `${text} is no range`, {
    help: 'Give two moments, for example --diff 12..34.',
  });
}
