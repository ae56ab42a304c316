import type { LogHead } from '../core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../core/events/event.ts';
import type { AppendCondition, EventQuery, EventQueryItem } from '../core/events/query.ts';
import type { Anchor, LogProblem, VerifyOptions, VerifyReport } from '../core/events/verification.ts';
import type { LogArchive } from './log-archive.ts';

export type {
  Anchor,
  AppendCondition,
  EventQuery,
  EventQueryItem,
  LogHead,
  LogProblem,
  VerifyOptions,
  VerifyReport,
};

export type AppendResult =
  /** `tries` counts attempts to publish; 0: everything was in the log already. */
  | { status: 'appended'; firstPosition: number; lastPosition: number; hash: string; tries: number }
  /** The condition did not hold, by the event at `position` (the first of several): nothing was written. */
  | { status: 'conflict'; position: number };

/**
 * `after` and `until` are positions: exclusive and inclusive. `since` and `before` are times (ISO 8601 in UTC with
 * milliseconds), inclusive and exclusive, compared with the events' own. `limit` counts matching events; `backwards`
 * begins with the newest. The next page begins after the last position. `asSeen`: what this store has seen last, its own
 * appends included, will do; what others wrote since may be missing, and nobody is asked. `unchecked`: lines are parsed
 * and in their place, and neither schema nor hash is looked at: for folds of a whole log, which check in other ways.
 */
export type ReadOptions = {
  after?: number;
  until?: number;
  since?: string;
  before?: string;
  limit?: number;
  backwards?: boolean;
  asSeen?: boolean;
  unchecked?: boolean;
};

/** A line of another log, without its line feed, and the event it is. */
export type ImportedLine = { line: string; event: LoggedEvent };

/** `signal` ends it. `query` as for reading. */
export type SubscribeOptions = { query?: EventQuery; after: number; signal: AbortSignal };

/**
 * The fold of a log up to `position`, where `hash` was the chain's: a cache that anybody may delete. `version` is the
 * fold's own: another one makes the snapshot worthless.
 */
export type Snapshot = {
  projection: string;
  version: string;
  position: number;
  hash: string;
  state: unknown;
};

/** Beside the log; what is lost of it is folded anew. */
export interface SnapshotStore {
  load(projection: string): Promise<Snapshot | undefined>;
  /** May wait for the next append, and replaces what there was. */
  save(snapshot: Snapshot): Promise<void>;
  remove(projection: string): Promise<void>;
}

/**
 * One log of one repository, events in the order of positions 1, 2, 3 … without gaps.
 * What was acknowledged is in every later head; a batch is there whole or not at all.
 */
export interface EventStore {
  readonly kind: 'git' | 'postgres' | 'memory';
  /** Where the log lives, for people: branch and repository, or database host and name without credentials. */
  readonly place: string;
  head(options?: Pick<ReadOptions, 'asSeen'>): Promise<LogHead>;
  /** Ascending unless `backwards`. Throws LOG_CORRUPT at a damaged line it has to read. */
  read(query?: EventQuery, options?: ReadOptions): AsyncIterable<LoggedEvent>;
  /**
   * Appends 1..100 events as one batch, ≤ 64 KiB each. May be repeated with the same events: those whose ids are in the
   * log already keep the positions they have and break no condition of their own batch; only the rest is written.
   * Retries lost races itself. Throws LOG_UNREACHABLE, LOG_DISK_FULL, LOG_REFUSED, LOG_CORRUPT, EVENT_INVALID; after a
   * throw the log is what it was, or holds the whole batch.
   */
  append(events: readonly NewEvent[], condition?: AppendCondition): Promise<AppendResult>;
  /**
   * Takes over events of another log as they are: positions, hashes and bytes stay. They ascend, are checked already, and
   * the first one follows this log's head. Thousands at once; how they are cut into batches is the store's affair. Throws
   * LOG_CONFLICT where the head is another one, and what `append` throws: a beginning of them may be there then, whole.
   * Absent: `append` gives the same lines, for events that are known.
   */
  importLines?(lines: readonly ImportedLine[]): Promise<LogHead>;
  /** Every matching event after `after`, those to come too, none twice and none before its predecessor, until `signal`. */
  subscribe(options: SubscribeOptions): AsyncIterable<LoggedEvent>;
  /** Reads everything and never throws for what it finds. */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /** Absent where nothing can be moved elsewhere. */
  readonly archive?: LogArchive;
  readonly snapshots: SnapshotStore;
  close(): Promise<void>;
}
