import { randomUUID } from 'node:crypto';
import { TammaError } from '../../core/errors.ts';
import type { Database } from './database.ts';
import { migrate, readSchemaStatus, refuseUnknown } from './migrate.ts';
import { NEWEST } from './migrations.ts';

export type OpenLog = { log: number; repositoryId: string };

/** One log of the database. What it finds is remembered: neither number nor name of a log ever changes. */
export interface LogHandle {
  /** Name of the log: several repositories share a database and see nothing of each other. */
  readonly repository: string;
  /** Undefined where nothing was ever written to it. */
  find(): Promise<OpenLog | undefined>;
  /** Makes tables and log where there are none. */
  ensure(): Promise<OpenLog>;
}

export function createLogHandle(database: Database, repository: string): LogHandle {
  let known: OpenLog | undefined;
  let isReady = false;

  async function look(): Promise<OpenLog | undefined> {
    const [row] = await database.query('select log, repository_id from tamma_log where repository = $1', [
      repository,
    ]);
    return row && { log: Number(row[0]), repositoryId: String(row[1]) };
  }

  async function find(): Promise<OpenLog | undefined> {
    if (known) return known;
    const { version } = await readSchemaStatus(database.query, database.place);
    checkVersion(version, database.place);
    isReady = version > 0;
    known = isReady ? await look() : undefined;
    return known;
  }

  return {
    repository,
    find,
    async ensure() {
      const found = await find();
      if (found) return found;
      // Where nothing is there, nobody's rights can be kept apart yet: the first user makes it, if it may.
      if (!isReady) await migrate(database, NEWEST);
      await database.query('select tamma_open_log($1, $2)', [repository, randomUUID()]);
      known = await look();
      if (!known)
        throw new TammaError('LOG_REFUSED', `The log of ${repository} (${database.place}) cannot be seen.`);
      return known;
    },
  };
}

function checkVersion(version: number, place: string): void {
  refuseUnknown(version, place);
  if (version === 0 || version === NEWEST) return;
  const message = `The tables (${place}) are of version ${version}, and this Tamma needs ${NEWEST}.`;
  throw new TammaError('LOG_REFUSED', message, {
    help: 'Run `tamma events migrate up` as the owner of the tables (docs/postgres.md).',
  });
}
