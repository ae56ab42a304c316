import type { LogHead } from '../core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../core/events/event.ts';
import type { AppendCondition, EventQuery, EventQueryItem } from '../core/events/query.ts';
import type { LogProblem, VerifyReport } from '../core/events/verification.ts';

export type { AppendCondition, EventQuery, EventQueryItem, LogHead, LogProblem, VerifyReport };

export type AppendResult =
  /** `tries` counts attempts to publish; 0: everything was in the log already. */
  | { status: 'appended'; firstPosition: number; lastPosition: number; hash: string; tries: number }
  /** The condition did not hold, by the event at `position` (the first of several): nothing was written. */
  | { status: 'conflict'; position: number };

/**
 * `after` and `until` are positions: exclusive and inclusive. `limit` counts matching events. `asSeen`: what this store
 * has seen last, its own appends included, will do; what others wrote since may be missing, and nobody is asked.
 */
export type ReadOptions = { after?: number; until?: number; limit?: number; asSeen?: boolean };

/**
 * One log of one repository, events in the order of positions 1, 2, 3 … without gaps.
 * What was acknowledged is in every later head; a batch is there whole or not at all.
 */
export interface EventStore {
  readonly kind: 'git' | 'postgres' | 'memory';
  /** Where the log lives, for people: branch and repository, or database host and name without credentials. */
  readonly place: string;
  head(options?: Pick<ReadOptions, 'asSeen'>): Promise<LogHead>;
  /** Ascending. Throws LOG_CORRUPT at a damaged line it has to read. */
  read(query?: EventQuery, options?: ReadOptions): AsyncIterable<LoggedEvent>;
  /**
   * Appends 1..100 events as one batch, ≤ 64 KiB each. May be repeated with the same events: those whose ids are in the
   * log already keep the positions they have and break no condition of their own batch; only the rest is written.
   * Retries lost races itself. Throws LOG_UNREACHABLE, LOG_DISK_FULL, LOG_REFUSED, LOG_CORRUPT, EVENT_INVALID; after a
   * throw the log is what it was, or holds the whole batch.
   */
  append(events: readonly NewEvent[], condition?: AppendCondition): Promise<AppendResult>;
  /** Reads everything and never throws for what it finds. `anchor`: a head known from elsewhere that must be in the log. */
  verify(options?: { anchor?: LogHead }): Promise<VerifyReport>;
  close(): Promise<void>;
}
