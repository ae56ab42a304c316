import { GENESIS } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { CheckSignature, SignHead } from '../../core/events/head-signature.ts';
import type { EventQuery, EventStore, ReadOptions } from '../../ports/event-store.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import { appendEvents, importLines, readHead } from './append.ts';
import { createPostgresArchive } from './archive.ts';
import type { Database } from './database.ts';
import type { LogHandle } from './open-log.ts';
import { withPatience } from './patience.ts';
import { readEvents } from './read-events.ts';
import { createSnapshotTable } from './snapshots.ts';
import { followLog } from './subscribe.ts';
import { verifyLog, verifyNothing } from './verify.ts';

export type PostgresStoreOptions = {
  /** Closed with the store. */
  database: Database;
  /** Which log of the database. */
  log: LogHandle;
  /** Signs the heads that this store writes. */
  sign?: SignHead | undefined;
  /** What `verify` asks for. */
  checkSignature?: CheckSignature | undefined;
  /** Where the text of archived events is, for who reads them or checks them. */
  archive?: ArchiveFiles | undefined;
  /** How long an append is tried before it throws LOG_UNREACHABLE. Default one minute. */
  budgetMs?: number;
  /** How often a subscription looks by itself, besides the notices it gets. Default 5 s. */
  pollMs?: number;
  /** Numbers from 0 to 1 that spread the waits of those who try again. */
  random?: () => number;
};

/** A read gives up sooner than an append: nothing is lost by it. */
const READ_BUDGET_MS = 5_000;

/** The log of one repository in a database that many may share. Writers come one after the other, on the row of the head. */
export function createPostgresStore(options: PostgresStoreOptions): EventStore {
  const { database, log, sign, checkSignature, budgetMs = 60_000, pollMs = 5_000 } = options;
  const patient = (longest: number) => ({
    budgetMs: Math.min(budgetMs, longest),
    random: options.random ?? Math.random,
    place: database.place,
  });
  const reading = patient(READ_BUDGET_MS);
  const writing = { database, log, patience: patient(budgetMs), sign };
  const find = () => withPatience(reading, () => log.find());
  const patientDatabase: Database = {
    ...database,
    query: (text, values) => withPatience(reading, () => database.query(text, values)),
  };

  return {
    kind: 'postgres',
    place: `${database.place} (${log.repository})`,
    async head() {
      const open = await find();
      return open ? readHead(patientDatabase, open) : GENESIS;
    },
    async *read(query: EventQuery = { items: [] }, range: ReadOptions = {}): AsyncGenerator<LoggedEvent> {
      const open = await find();
      if (open)
        yield* readEvents({ database: patientDatabase, open, archive: options.archive }, query, range);
    },
    append: (events, condition) => appendEvents(writing, events, condition),
    importLines: (lines) => importLines(writing, lines),
    subscribe: (wanted) => followLog({ database: patientDatabase, log, patience: reading, pollMs }, wanted),
    async verify(wanted = {}) {
      const open = await find();
      return open
        ? verifyLog({ database: patientDatabase, open, checkSignature, archive: options.archive }, wanted)
        : verifyNothing(wanted);
    },
    archive: createPostgresArchive({ database, log }),
    snapshots: createSnapshotTable(patientDatabase, log),
    close: () => database.close(),
  };
}
